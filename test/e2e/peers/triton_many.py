"""tritonclient asks many images, some at once.

    python triton_many.py --door grpc --at 127.0.0.1:8001 --images data/sample --at-once 64 --budget-ms 8000

Prints {"ready": ...}, then a line {"file", "seconds", ...} with the outputs or the error of each image as it comes, then
{"done": count, "seconds": ...}.
"""
import argparse
import asyncio
import pathlib
import time

from tritonclient.utils import InferenceServerException

from triton_doors import AIO_MODULES, files_of, input_of, read, say


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--door", choices=["http", "grpc"], required=True)
    parser.add_argument("--at", required=True, help="host:port")
    parser.add_argument("--images", required=True, help="folder of the form DIR/LABEL/*.jpg")
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--budget-ms", type=int, help="also the client's own deadline over gRPC")
    return parser.parse_args()


async def ask(args, client, file):
    inputs = [input_of(args.door, files_of(file.read_bytes()))]
    more = {} if args.budget_ms is None else {"parameters": {"budget_ms": args.budget_ms}}
    if args.door == "grpc" and args.budget_ms is not None:
        more["client_timeout"] = args.budget_ms / 1000
    start = time.monotonic()
    try:
        result = read(await client.infer("ddnn", inputs, **more))
    except InferenceServerException as error:
        result = {"status": error.status(), "message": error.message()}
    say(file="/".join(file.parts[-2:]), seconds=time.monotonic() - start, **result)


async def main():
    args = parse()
    files = sorted(pathlib.Path(args.images).glob("*/*.jpg"))
    if not files:
        raise SystemExit(f"Expected images '{args.images}/LABEL/*.jpg', got none")
    more = {"conn_limit": args.at_once} if args.door == "http" else {}
    async with AIO_MODULES[args.door].InferenceServerClient(args.at, **more) as client:
        while not await client.is_server_ready():
            await asyncio.sleep(0.05)
        say(ready="triton_many", images=len(files))
        start = time.monotonic()
        turns = asyncio.Semaphore(args.at_once)

        async def in_turn(file):
            async with turns:
                await ask(args, client, file)

        await asyncio.gather(*(in_turn(file) for file in files))
        say(done=len(files), seconds=time.monotonic() - start)


if __name__ == "__main__":
    asyncio.run(main())
