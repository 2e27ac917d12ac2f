"""What the scripts with tritonclient share: the two doors of a process as one kind of client, and what they answer."""
import json
import sys

import numpy as np
from tritonclient import grpc, http
from tritonclient.grpc import aio as grpc_aio
from tritonclient.http import aio as http_aio
from tritonclient.utils import np_to_triton_dtype

MODULES = {"http": http, "grpc": grpc}
AIO_MODULES = {"http": http_aio, "grpc": grpc_aio}


def say(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def input_of(door, array, **form):
    """A numpy array as the one input of a request; `form` may say binary_data=False for HTTP."""
    tensor = MODULES[door].InferInput("image", list(array.shape), np_to_triton_dtype(array.dtype))
    tensor.set_data_from_numpy(array, **form)
    return tensor


def files_of(*contents):
    """Image files as BYTES [N]."""
    array = np.empty(len(contents), dtype=np.object_)
    array[:] = contents
    return array


NAMES = ["class", "label", "confidence", "probabilities", "logits", "exit", "tier", "fallback", "hops"]
TEXTS = ["label", "tier", "hops"]


def read(result):
    """All outputs that were given, as plain values; None for those that were not."""
    values = {}
    for name in NAMES:
        array = result.as_numpy(name)
        if array is None:
            continue
        texts = name in TEXTS
        values[name] = [text_of(item) for item in array] if texts else array.tolist()
    if "hops" in values:
        values["hops"] = [json.loads(hops) for hops in values["hops"]]
    return values


def text_of(item):
    return item.decode() if isinstance(item, bytes) else str(item)
