"""Writes shipped.json: what Keras answers with the weights of saved_models, for the contract of the
runtimes. Run it in this folder again whenever those are trained anew, with TensorFlow 2.20
(scripts/python-env.mjs makes one): python make-shipped.py

Keras reads the tfjs files through test/e2e/peers/tfjs_to_keras.py; inputs follow the formula of
make-golden.py.
"""
import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "test" / "e2e" / "peers"))

import numpy  # noqa: E402
from tfjs_to_keras import load  # noqa: E402

SAMPLES = 3
STAGES = ("edge", "fog", "cloud")


def uniform(count, seed):
    """As in make-golden.py: `count` values in [-1, 1), multiples of 2^-15."""
    x = numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(seed * 1000003)
    mask = numpy.uint64(0xFFFFFFFF)
    x = (x * numpy.uint64(2654435761)) & mask
    x ^= x >> numpy.uint64(15)
    x = (x * numpy.uint64(2246822519)) & mask
    x ^= x >> numpy.uint64(13)
    return ((x >> numpy.uint64(16)).astype(numpy.float32) - 32768) / numpy.float32(32768)


def record(folder):
    tensor, stages = None, []
    for name in STAGES:
        model = load(folder / name)
        shape = model.inputs[0].shape[1:]
        if tensor is None:
            count = int(numpy.prod(shape))
            samples = [(uniform(count, 500 + k) + 1) / 2 for k in range(SAMPLES)]
            tensor = numpy.stack(samples).reshape((SAMPLES, *shape))
        outputs = model(tensor, training=False)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        tensor = outputs[0].numpy()
        weights = (folder / name / "weights.bin").read_bytes()
        stages.append(
            {
                "weights": hashlib.sha256(weights).hexdigest()[:16],
                "logits": [[float(f"{v:.7g}") for v in row] for row in outputs[-1].numpy()],
            }
        )
    return stages


golden = {name: record(ROOT / "saved_models" / name) for name in (".", "cifar10")}
(HERE / "shipped.json").write_text(json.dumps(golden, indent=1) + "\n")
