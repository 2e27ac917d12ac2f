"""The device of the kafka-python chain: an image is asked for when its index comes on standard input.

    python kafka_device.py --pixels FILE --shape 180,180,3 --bootstrap HOST:PORT \
        --producer-front-topic deviceedge --consumer-front-topic edgedevice

`--pixels` holds uint8 [images, height, width, 3]. With the files of test/e2e/peers on its path it speaks as the
original's device does: nested lists of floats as JSON, one in flight, the first record of the reply topic is
the answer. Prints {"ready": true}, then a line {"exit", "prediction"} an image.
"""
import argparse
import json
import mmap
import sys

from common import Receiver, Sender, say
from device import SCALED


def nested(pixels, height, width, channels):
    """[1, height, width, channels], each number in [0, 1]."""
    row = width * channels
    scaled = [SCALED[value] for value in pixels]
    return [
        [
            [scaled[at : at + channels] for at in range(start, start + row, channels)]
            for start in range(0, height * row, row)
        ]
    ]


def answer_of(reply):
    """Where it left: the innermost reply, whose result is the exit's values."""
    while "next" in reply:
        reply = reply["next"]
    values = reply["result"]
    values = values[0] if isinstance(values[0], list) else values
    return {"exit": reply["device"], "prediction": values.index(max(values))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pixels", required=True)
    parser.add_argument("--shape", required=True, help="height,width,channels")
    parser.add_argument("--bootstrap", required=True, help="host:port,host:port")
    parser.add_argument("--producer-front-topic", required=True)
    parser.add_argument("--consumer-front-topic", required=True)
    args = parser.parse_args()
    shape = [int(side) for side in args.shape.split(",")]
    size = shape[0] * shape[1] * shape[2]
    with open(args.pixels, "rb") as file:
        pixels = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    front = Sender(args.bootstrap, args.producer_front_topic)
    replies = Receiver(args.bootstrap, args.consumer_front_topic)
    replies.partitions()
    say(ready=True)
    for line in sys.stdin:
        index = int(line)
        value = nested(pixels[index * size : (index + 1) * size], *shape)
        front.send(value)
        say(**answer_of(replies.receive().value))


if __name__ == "__main__":
    main()
