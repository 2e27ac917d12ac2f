"""Edge, fog and cloud as three Ray Serve deployments of one application, chained by deployment handles.

    python ray_serve.py --models EDGE FOG CLOUD --port 8123 --temp-dir DIR [--exits last] [--defaults]

The first deployment takes HTTP: POST / with raw uint8 pixels [height, width, 3]; it answers
{"exit": "fog", "prediction": 3}. Prints {"ready": true} on standard output once an image went through;
SIGTERM ends it and all that it started. docs/benchmarks.md says why it is set as it is.
"""
import argparse
import json
import os
import pathlib
import secrets
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", required=True, help="folders of ddnn export, first to last")
    parser.add_argument("--exits", choices=["thresholds", "last"], default="thresholds")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--temp-dir", required=True)
    parser.add_argument("--defaults", action="store_true", help="Ray Serve's own settings of speed")
    return parser.parse_args()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def environment(args):
    """Ray reads it while it is imported, and all that it starts inherits it."""
    settings = {
        "RAY_USAGE_STATS_ENABLED": "0",
        # Else Ray writes a token of its own into the user's home.
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        # A busy machine takes longer to start than the 5 s that a proxy is given.
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
        "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "60",
    }
    if args.defaults:
        return settings
    haproxy = pathlib.Path(args.temp_dir) / "h"
    return settings | {
        # What Ray's guide "Enable high throughput on Ray Serve" sets: HAProxy in front of the replicas in place
        # of a proxy in Python, gRPC between them, no threads of their own for user code and routing.
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        # Files and ports of its own, so that two runs do not meet.
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(haproxy / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(haproxy / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(haproxy),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(haproxy / "server-state"),
        "RAY_SERVE_HAPROXY_STATS_PORT": free_port(),
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(haproxy / "metrics.sock"),
        "RAY_SERVE_HAPROXY_METRICS_PORT": free_port(),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": free_port(),
    }


if __name__ == "__main__":
    ARGS = parse()
    os.environ.update(environment(ARGS))

import numpy
import ray
from ray import serve
from ray.serve.config import HTTPOptions
from ray.serve.schema import LoggingConfig
from starlette.requests import Request

from submodel import Submodel

CPUS = 2
QUIET = LoggingConfig(enable_access_log=False, log_level="WARNING")


class Tier:
    def __init__(self, folder, never_leaves, front=None):
        self.submodel = Submodel(folder, never_leaves)
        self.front = front

    # Takes what waits: a wait of 2 ms a tier made one image in flight some 8 ms slower, and many no faster.
    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0)
    async def infer(self, rows):
        # On the replica's only thread: handing the pass to another one cost CPU and gave nothing.
        features, answers = self.submodel.run(numpy.stack(rows))
        given = [None] * len(answers) if features is None else features
        return list(zip(given, answers))

    async def answer(self, row):
        features, answer = await self.infer(row)
        return answer if answer is not None else await self.front.answer.remote(features)

    async def __call__(self, request: Request):
        pixels = numpy.frombuffer(await request.body(), numpy.uint8)
        exit, prediction = await self.answer(pixels.reshape(self.submodel.shape))
        return {"exit": exit, "prediction": prediction}


def manifest(folder):
    return json.loads((pathlib.Path(folder) / "ddnn.json").read_text())


def application(args):
    """The last submodel first: each is given the handle of the one in front of it."""
    bound = []
    for folder in reversed(args.models):
        deployment = serve.deployment(
            Tier,
            name=manifest(folder)["name"],
            num_replicas=1,
            # The default of 5 would keep batches from filling.
            max_ongoing_requests=1024,
            ray_actor_options={"num_cpus": CPUS / (len(args.models) + 1)},
            logging_config=QUIET,
        )
        bound = [deployment.bind(folder, args.exits == "last", *bound)]
    return bound[0]


def start(args):
    ray.init(
        num_cpus=CPUS,
        include_dashboard=False,
        object_store_memory=200 << 20,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": str(pathlib.Path(__file__).resolve().parent)}},
        _temp_dir=args.temp_dir,
        _node_ip_address="127.0.0.1",
    )
    serve.start(http_options=HTTPOptions(host="127.0.0.1", port=args.port), logging_config=QUIET)
    serve.run(application(args), name="chain", route_prefix="/")


def try_once(args):
    """The proxy learns its routes a little after the application runs."""
    pixels = bytes(numpy.prod(manifest(args.models[0])["input"]))
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{args.port}/", pixels, timeout=60).read()
            return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def main(args):
    stopped = threading.Event()
    start(args)
    # After ray.init(), which sets its own.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    try_once(args)
    print(json.dumps({"ready": True}), flush=True)
    stopped.wait()
    # Not serve.shutdown(), which drains for half a minute: nothing is under way.
    ray.shutdown()


if __name__ == "__main__":
    main(ARGS)
