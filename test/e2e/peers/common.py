"""What the peers share: how the original speaks on Kafka, and how a peer speaks to its test.

Written from a description of the original's behaviour (JSON text, no headers, no key, one request in
flight, topics read from their start without a group). The faults are kept: they are what our tiers
must live with.
"""
import json
import sys

from kafka import KafkaConsumer, KafkaProducer

# The original's brokers were raised to messages of 1 GB; the client's own limit stands in the way too.
LARGEST = 1 << 30


def say(**line):
    """One JSON object a line on standard output: what the test reads."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Sender:
    """Sends JSON to one topic: no key, so any partition may get it, and no headers."""

    def __init__(self, bootstrap, topic):
        self.topic = topic
        self.producer = KafkaProducer(
            bootstrap_servers=bootstrap.split(","),
            max_request_size=LARGEST,
            value_serializer=lambda value: json.dumps(value).encode("utf-8"),
        )

    def send(self, value):
        """Waits for the broker's acknowledgement; returns the partition that it went to."""
        return self.producer.send(self.topic, value).get(timeout=60).partition


class Receiver:
    """Reads all partitions of one topic from their first record, in no group, committing nothing."""

    def __init__(self, bootstrap, topic):
        self.topic = topic
        self.consumer = KafkaConsumer(
            topic,
            bootstrap_servers=bootstrap.split(","),
            auto_offset_reset="earliest",
            group_id=None,
            enable_auto_commit=False,
            value_deserializer=lambda value: json.loads(value.decode("utf-8")),
        )

    def receive(self):
        """The next record, whoever it was meant for. Waits for ever, as the original does.

        Several records may be fetched at once; the consumer keeps the others for the next calls.
        """
        return next(self.consumer)

    def partitions(self):
        """How many partitions are read; none before the topic exists."""
        return len(self.consumer.partitions_for_topic(self.topic) or ())
