"""tritonclient asks one image in every form that it knows, and what must be refused.

    python triton_forms.py --http 127.0.0.1:8000 --grpc 127.0.0.1:8001 --image rose.jpg --pixels rose.rgb \
        --size 180 --token secret

The pixels are uint8 [size, size, 3] of the same image. Prints {"ready": ...}, then a line {"case", ...} each, then
{"done": count}.
"""
import argparse
import base64
import pathlib

import numpy as np
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

from triton_doors import MODULES, files_of, input_of, read, say

import grpc as grpc_core

MODEL = "ddnn"


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--http", required=True)
    parser.add_argument("--grpc", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--pixels", required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--token", required=True)
    return parser.parse_args()


class Doors:
    def __init__(self, args):
        self.clients = {
            "http": MODULES["http"].InferenceServerClient(args.http),
            "grpc": MODULES["grpc"].InferenceServerClient(args.grpc),
        }
        self.headers = {"authorization": f"Bearer {args.token}"}
        self.count = 0

    def tell(self, case, call):
        """Says what a call came to: its answer, or the error of the client."""
        self.count += 1
        try:
            say(case=case, answer=call())
        except InferenceServerException as error:
            say(case=case, status=error.status(), message=error.message())

    def infer(self, door, inputs, model=MODEL, headers=None, **more):
        # A copy: the client of HTTP writes headers of its own into what it is given.
        headers = dict(self.headers if headers is None else headers)
        return read(self.clients[door].infer(model, inputs, headers=headers, **more))


def look(doors):
    """Health and metadata, for which no token is sent."""
    for door, client in doors.clients.items():
        as_dict = {} if door == "http" else {"as_json": True}
        doors.tell(f"{door} live", client.is_server_live)
        doors.tell(f"{door} ready", client.is_server_ready)
        doors.tell(f"{door} model ready", lambda: client.is_model_ready(MODEL))
        doors.tell(f"{door} server", lambda: client.get_server_metadata(**as_dict))
        doors.tell(f"{door} model", lambda: client.get_model_metadata(MODEL, **as_dict))
    grpc = doors.clients["grpc"]
    doors.tell("grpc config", lambda: grpc.get_model_config(MODEL, as_json=True))
    doors.tell("grpc index", lambda: grpc.get_model_repository_index(as_json=True))


def ask(doors, image, pixels):
    """One image in every form."""
    batch = pixels[np.newaxis]  # uint8 [1, size, size, 3]
    floats = batch.astype(np.float32) / np.float32(255)
    for door in doors.clients:
        for name, array in [("pixels", batch), ("floats", floats), ("file", files_of(image))]:
            doors.tell(f"{door} {name}", lambda: doors.infer(door, [input_of(door, array)]))
    as_json = {"binary_data": False}
    outputs = [MODULES["http"].InferRequestedOutput("logits", **as_json)]
    doors.tell(
        "http json",
        lambda: doors.infer("http", [input_of("http", batch, **as_json)], outputs=outputs),
    )
    text = files_of(base64.b64encode(image).decode())
    doors.tell("http base64", lambda: doors.infer("http", [input_of("http", text, **as_json)]))
    squeezed = {"request_compression_algorithm": "gzip"}
    doors.tell("http gzip", lambda: doors.infer("http", [input_of("http", batch)], **squeezed))
    squeezed = {"compression_algorithm": "gzip"}
    doors.tell("grpc gzip", lambda: doors.infer("grpc", [input_of("grpc", batch)], **squeezed))
    two = np.stack([pixels, np.flip(pixels, 1)])
    for door in doors.clients:
        doors.tell(f"{door} two", lambda: doors.infer(door, [input_of(door, two)]))
        doors.tell(f"{door} turned", lambda: doors.infer(door, [input_of(door, two[1:])]))


def ask_typed(doors, address, pixels):
    """tritonclient always sends raw contents; its generated classes can send typed ones."""
    tensor = service_pb2.ModelInferRequest.InferInputTensor(
        name="image", datatype="UINT8", shape=[1, *pixels.shape]
    )
    tensor.contents.uint_contents.extend(pixels.ravel().tolist())
    request = service_pb2.ModelInferRequest(model_name=MODEL, id="typed", inputs=[tensor])
    with grpc_core.insecure_channel(address) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        response = stub.ModelInfer(request, metadata=list(doors.headers.items()))
    doors.tell("grpc typed", lambda: read(MODULES["grpc"].InferResult(response)))


def ask_parameters(doors, pixels):
    batch = pixels[np.newaxis]
    for door in doors.clients:
        for name, parameters in [
            ("first exit", {"threshold": 0}),
            ("last exit", {"threshold": 2}),
            ("list", {"thresholds": "2,0"}),
            ("budget", {"budget_ms": 20000}),
            ("no budget", {"budget_ms": "soon"}),
        ]:
            inputs = [input_of(door, batch)]
            doors.tell(f"{door} {name}", lambda: doors.infer(door, inputs, parameters=parameters))
        wanted = [MODULES[door].InferRequestedOutput(name) for name in ("exit", "label")]
        inputs = [input_of(door, batch)]
        doors.tell(f"{door} outputs", lambda: doors.infer(door, inputs, outputs=wanted))


def ask_wrong(doors, pixels):
    batch = pixels[np.newaxis]
    for door in doors.clients:
        good = input_of(door, batch)
        for case, call in [
            ("shape", lambda: doors.infer(door, [input_of(door, batch[:, 1:])])),
            ("datatype", lambda: doors.infer(door, [input_of(door, batch > 9)])),
            ("two inputs", lambda: doors.infer(door, [good, good])),
            ("model", lambda: doors.infer(door, [good], model="dddn")),
            ("version", lambda: doors.infer(door, [good], model_version="none")),
            ("file", lambda: doors.infer(door, [input_of(door, files_of(b"no image"))])),
            ("large", lambda: doors.infer(door, [input_of(door, np.repeat(batch, 30, 0))])),
            ("no token", lambda: doors.infer(door, [good], headers={})),
            ("token", lambda: doors.infer(door, [good], headers={"authorization": "Bearer no"})),
        ]:
            doors.tell(f"{door} wrong {case}", call)


def main():
    args = parse()
    doors = Doors(args)
    say(ready="triton_forms")
    image = pathlib.Path(args.image).read_bytes()
    pixels = np.fromfile(args.pixels, dtype=np.uint8).reshape(args.size, args.size, 3)
    look(doors)
    ask(doors, image, pixels)
    ask_typed(doors, args.grpc, pixels)
    ask_parameters(doors, pixels)
    ask_wrong(doors, pixels)
    say(done=doors.count)


if __name__ == "__main__":
    main()
