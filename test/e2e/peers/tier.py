"""An original tier: edge, fog or cloud, by what stands in front of it.

    python tier.py --name edge --models saved_models/edge --bootstrap 127.0.0.1:9092 \
        --consumer-back-topic deviceedge --producer-back-topic edgedevice \
        --producer-front-topic edgecloud --consumer-front-topic cloudedge

It reads its back topic from the start and in no group, runs its models one after the other and leaves at
the first exit whose largest output is at least the threshold (logits, taken as they are). Unsure, it
sends the features to the front topic, takes the first record of the front's reply topic as the answer and
nests it as `next`; its own `result` is then the request that it got. It handles one request at a time.

Prints {"ready": ...} once the models ran once, then a line {"answered", "exit", ...} a request.
"""
import argparse
import time

import numpy

from common import Receiver, Sender, say
from tfjs_to_keras import load_stages


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", required=True)
    parser.add_argument("--models", nargs="+", required=True, help="folders of tfjs layers models")
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--bootstrap", required=True, help="host:port,host:port")
    parser.add_argument("--consumer-back-topic", required=True)
    parser.add_argument("--producer-back-topic", required=True)
    parser.add_argument("--producer-front-topic")
    parser.add_argument("--consumer-front-topic")
    parser.add_argument("--delay", type=float, default=0, help="seconds to wait before an answer")
    parser.add_argument("--delay-first", type=int, help="wait before the first answers only")
    args = parser.parse_args()
    if (args.producer_front_topic is None) != (args.consumer_front_topic is None):
        parser.error("Expected both front topics or none")
    return args


class Tier:
    def __init__(self, args):
        self.args = args
        self.models = [model for folder in args.models for model in load_stages(folder)]
        self.has_front = args.producer_front_topic is not None
        if not self.has_front and len(self.models[-1].outputs) > 1:
            raise SystemExit("Expected a front, for the last model gives features; got no front topics")
        for model in self.models:  # the first call compiles
            model(numpy.zeros((1, *model.inputs[0].shape[1:]), numpy.float32))
        if self.has_front:
            self.front = Sender(args.bootstrap, args.producer_front_topic)
            self.front_replies = Receiver(args.bootstrap, args.consumer_front_topic)
        self.back = Sender(args.bootstrap, args.producer_back_topic)
        self.requests = Receiver(args.bootstrap, args.consumer_back_topic)

    def infer(self, request):
        """Gives (result, exit, features): one of result and features is None."""
        tensor = numpy.asarray(request, numpy.float32)
        for index, model in enumerate(self.models):
            outputs = [output.numpy() for output in as_list(model(tensor, training=False))]
            if len(outputs) == 1:  # the last submodel of all: it answers, sure or not
                return outputs[0][0].tolist(), index, None
            tensor, *exits = outputs
            for logits in exits:
                if numpy.max(logits) >= self.args.threshold:
                    return logits.tolist(), index, None
        return None, None, tensor.tolist()

    def answer(self, request):
        """The reply in the original's form, and the exit that it left at, or None."""
        start = time.time()
        result, exit_index, features = self.infer(request)
        reply = {"result": result, "device": self.args.name, "execution-time": time.time() - start}
        if features is not None:
            self.front.send(features)
            reply["result"] = request  # a fault of the original, kept
            reply["next"] = self.front_replies.receive().value
        reply["total-time"] = time.time() - start
        return reply, exit_index

    def serve(self):
        answered = 0
        while True:
            record = self.requests.receive()
            reply, exit_index = self.answer(record.value)
            if self.args.delay_first is None or answered < self.args.delay_first:
                time.sleep(self.args.delay)
            partition = self.back.send(reply)
            answered += 1
            say(
                answered=answered,
                exit=exit_index,
                partition=record.partition,
                offset=record.offset,
                reply_partition=partition,
            )


def as_list(outputs):
    return outputs if isinstance(outputs, (list, tuple)) else [outputs]


def main():
    args = parse()
    tier = Tier(args)
    say(
        ready=args.name,
        models=[model.name for model in tier.models],
        partitions=tier.requests.partitions(),
    )
    tier.serve()


if __name__ == "__main__":
    main()
