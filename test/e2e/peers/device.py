"""An original device: sends each image as JSON, waits for its reply, goes on to the next.

    python device.py --images data/sample --bootstrap 127.0.0.1:9092 \
        --producer-front-topic deviceedge --consumer-front-topic edgedevice

Prints {"ready": ...}, then a line {"file", "reply", "seconds", "partition", "reply_partition"} an image,
then {"done": count}. It takes the first record of the reply topic as the answer and has no time limit.
"""
import argparse
import pathlib
import struct
import time

from PIL import Image

from common import Receiver, Sender, say

# pixel / 255 as float32, then widened: the numbers that a float32 array's tolist() gives.
SCALED = [struct.unpack("f", struct.pack("f", value / 255))[0] for value in range(256)]


def read_image(file, height, width):
    """Nested lists [1, height, width, 3], RGB, each number in [0, 1]; the aspect is not kept."""
    with Image.open(file) as image:
        pixels = image.convert("RGB").resize((width, height), Image.Resampling.NEAREST).tobytes()
    row = width * 3
    return [
        [
            [[SCALED[channel] for channel in pixels[at : at + 3]] for at in range(start, start + row, 3)]
            for start in range(0, height * row, row)
        ]
    ]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", required=True, help="folder of the form DIR/LABEL/*.EXTENSION")
    parser.add_argument("--extension", default="jpg")
    parser.add_argument("--height", type=int, default=180)
    parser.add_argument("--width", type=int, default=180)
    parser.add_argument("--limit", type=int, help="send only the first images")
    parser.add_argument("--bootstrap", required=True, help="host:port,host:port")
    parser.add_argument("--producer-front-topic", required=True)
    parser.add_argument("--consumer-front-topic", required=True)
    return parser.parse_args()


def main():
    args = parse()
    folder = pathlib.Path(args.images)
    files = sorted(folder.glob(f"*/*.{args.extension}"))[: args.limit]
    if not files:
        raise SystemExit(f"Expected images '{folder}/LABEL/*.{args.extension}', got none")
    front = Sender(args.bootstrap, args.producer_front_topic)
    replies = Receiver(args.bootstrap, args.consumer_front_topic)
    say(ready="device", images=len(files), partitions=replies.partitions())
    for file in files:
        tensor = read_image(file, args.height, args.width)
        start = time.monotonic()
        partition = front.send(tensor)
        record = replies.receive()
        say(
            file=file.relative_to(folder).as_posix(),
            reply=record.value,
            seconds=time.monotonic() - start,
            partition=partition,
            reply_partition=record.partition,
        )
    say(done=len(files))


if __name__ == "__main__":
    main()
