"""Converts TensorFlow SavedModel folders to tfjs graph models, which both engines of ddnn run.

    pip install tensorflow tf-keras
    pip install --no-deps tensorflowjs
    python to_tfjs.py EDGE EDGE-tfjs

tensorflowjs asks for JAX, TensorFlow Decision Forests and TensorFlow Hub too, gigabytes that do not fit
the newest TensorFlow. It imports them and needs none of them for a network of layers, so empty modules
stand in for those that are not installed.
"""

import importlib.util
import json
import os
import sys
import tempfile
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

packages = ["tensorflow_decision_forests", "tensorflow_hub", "jax"]
missing = [name for name in packages if importlib.util.find_spec(name) is None]
for name in packages + ["jax.experimental", "jax.experimental.jax2tf"]:
    if name.split(".")[0] in missing:
        sys.modules[name] = types.ModuleType(name)
if "jax" in missing:
    sys.modules["jax.experimental"].jax2tf = sys.modules["jax.experimental.jax2tf"]

import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402
from tensorflowjs.converters import convert_tf_saved_model  # noqa: E402


def convert(source, target):
    """Writes `target`/model.json and its weights. Outputs are numbered in the order of the network."""
    with tempfile.TemporaryDirectory() as folder:
        if is_keras_2(source):
            # Its outputs are a map sorted by the alphabet; export numbers them: output_0, output_1...
            exported = os.path.join(folder, "exported")
            tf_keras.models.load_model(source, compile=False).export(exported)
            source = exported
        convert_tf_saved_model(source, target)
        restore_names(source, target)


def is_keras_2(source):
    """Whether Keras 2 saved it: in a file of its own, or as TensorFlow 2.0 to 2.4 did in the graph's."""
    if os.path.exists(os.path.join(source, "keras_metadata.pb")):
        return True
    with open(os.path.join(source, "saved_model.pb"), "rb") as file:
        return b"_tf_keras_" in file.read()


def restore_names(source, target):
    """The converter forgets the names of outputs of the same shape; they are sorted in its graph."""
    path = os.path.join(target, "model.json")
    with open(path) as file:
        model = json.load(file)
    given = model["signature"]["outputs"]
    if not all(key.startswith("Identity") for key in given):
        return
    names = sorted(tf.saved_model.load(source).signatures["serving_default"].structured_outputs)
    nodes = ["Identity:0"] + [f"Identity_{k}:0" for k in range(1, len(names))]
    model["signature"]["outputs"] = {name: given[node] for name, node in zip(names, nodes)}
    with open(path, "w") as file:
        json.dump(model, file)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Expected a SavedModel folder and a new folder: python to_tfjs.py EDGE EDGE-tfjs")
    convert(sys.argv[1], sys.argv[2])
