"""The edge of a two-model cascade in the manner of Sedna's joint inference: the small model, else the cloud.

    python joint_edge.py --model EDGE --port 8125 --cloud http://127.0.0.1:8124/predict [--exits last]

POST / takes raw uint8 pixels [height, width, 3] and answers {"exit": "edge", "prediction": 3}. An image that
the small model is not sure of (a "hard example") goes to the cloud whole, as nested lists in JSON; the client
is `requests`, as Sedna's, yet keeps its connections, which Sedna's does not. GET /sent tells the bytes sent to
the cloud. Prints {"ready": true}.
"""
import argparse
import threading

import numpy
import requests
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool

from joint_serve import serve
from submodel import Submodel


class Edge:
    def __init__(self, folder, cloud, never_leaves):
        self.model = Submodel(folder, never_leaves)
        self.cloud = cloud
        self.kept = threading.local()
        self.lock = threading.Lock()
        self.sent = 0

    def infer(self, body):
        pixels = numpy.frombuffer(body, numpy.uint8).reshape(1, *self.model.shape)
        _, (answer,) = self.model.run(pixels)
        if answer is None:
            answer = "cloud", self.ask_cloud(pixels)
        return {"exit": answer[0], "prediction": answer[1]}

    def ask_cloud(self, pixels):
        if not hasattr(self.kept, "session"):
            self.kept.session = requests.Session()
        reply = self.kept.session.post(self.cloud, json={"data": pixels.tolist()}, timeout=300)
        reply.raise_for_status()
        with self.lock:
            self.sent += len(reply.request.body)
        return int(numpy.argmax(reply.json()["result"][0]))


def create_app(edge):
    app = FastAPI()

    @app.post("/")
    async def predict(request: Request):
        return await run_in_threadpool(edge.infer, await request.body())

    @app.get("/sent")
    def sent():
        return edge.sent

    return app


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="folder of ddnn export")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--cloud", required=True, help="URL of joint_cloud.py's predict")
    parser.add_argument("--exits", choices=["thresholds", "last"], default="thresholds")
    args = parser.parse_args()
    edge = Edge(args.model, args.cloud, args.exits == "last")
    edge.ask_cloud(numpy.zeros((1, *edge.model.shape), numpy.uint8))
    serve(create_app(edge), args.port)


if __name__ == "__main__":
    main()
