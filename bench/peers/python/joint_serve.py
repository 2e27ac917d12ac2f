"""Runs one FastAPI application on uvicorn, on loopback, and says when it takes requests."""
import asyncio
import socket

import uvicorn


def serve(app, port):
    """Until SIGTERM. Prints {"ready": true} with the port listening: what comes from then on waits its turn."""
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    print('{"ready": true}', flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_keep_alive=300))
    asyncio.run(server.serve(sockets=[listening]))
