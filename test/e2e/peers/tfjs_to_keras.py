"""Builds a Keras model from a folder that tfjs wrote: model.json and its weight files.

The layers are made one by one from the topology and the weights set by name, so it needs TensorFlow and
nothing of tfjs: an independent reading of the same files, to compare logits with.

    python tfjs_to_keras.py saved_models/edge < tensor.json > outputs.json

reads one tensor with its batch axis as nested lists, runs the stages in order, and prints
{"stages": [[output, ...], ...]}, the outputs of each stage in order, features first.
"""
import json
import math
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy  # noqa: E402

POOL = ("pool_size", "strides", "padding")
CONVOLUTION = ("kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias")

# Layer classes, and the settings of each that decide what it computes. Initialisers, regularisers and
# constraints matter to training only.
LAYERS = {
    "Activation": ("activation",),
    "Add": (),
    "Average": (),
    "AveragePooling2D": POOL,
    "BatchNormalization": ("axis", "epsilon", "center", "scale"),
    "Concatenate": ("axis",),
    "Conv2D": ("filters", *CONVOLUTION),
    "Dense": ("units", "activation", "use_bias"),
    "DepthwiseConv2D": ("depth_multiplier", *CONVOLUTION),
    "Dropout": ("rate",),
    "Flatten": (),
    "GaussianDropout": ("rate",),
    "GaussianNoise": ("stddev",),
    "GlobalAveragePooling2D": (),
    "GlobalMaxPooling2D": (),
    "LeakyReLU": ("alpha",),
    "MaxPooling2D": POOL,
    "Maximum": (),
    "Multiply": (),
    "ReLU": ("max_value",),
    "Reshape": ("target_shape",),
    "SeparableConv2D": ("filters", "depth_multiplier", *CONVOLUTION),
    "Softmax": ("axis",),
    "SpatialDropout2D": ("rate",),
    "UpSampling2D": ("size", "interpolation"),
    "ZeroPadding2D": ("padding",),
}
RENAMED = {"alpha": "negative_slope"}


def load_stages(folder):
    """The Keras models of a tier folder, in order: its stages, or the folder itself."""
    folder = pathlib.Path(folder)
    manifest = folder / "ddnn.json"
    stages = json.loads(manifest.read_text()).get("stages") if manifest.exists() else None
    if stages is None:
        return [load(folder)]
    return [model for stage in stages for model in load_stages(folder / stage)]


def load(folder):
    """One tfjs layers model as a Keras model with the same outputs in the same order."""
    folder = pathlib.Path(folder)
    written = json.loads((folder / "model.json").read_text())
    if written.get("format", "layers-model") != "layers-model":
        raise ValueError(f"Expected a layers model in '{folder}', got {written['format']}")
    topology = written["modelTopology"]
    topology = topology.get("model_config", topology)
    build = build_sequential if topology["class_name"] == "Sequential" else build_functional
    model = build(topology["config"])
    set_weights(model, read_weights(folder, written["weightsManifest"]))
    return model


def make_layer(written):
    name, config = written["class_name"], written["config"]
    if name not in LAYERS:
        raise ValueError(f"Expected a layer of {', '.join(LAYERS)}, got {name}")
    if config.get("data_format", "channels_last") not in (None, "channels_last", "channelsLast"):
        raise ValueError(f"Expected channels_last in layer '{config['name']}'")
    settings = {}
    for key in LAYERS[name]:
        if config.get(key) is not None:
            settings[RENAMED.get(key, key)] = config[key]
    return getattr(keras.layers, name)(name=config["name"], **settings)


def input_of(config):
    shape = config.get("batch_input_shape", config.get("batch_shape"))
    return keras.Input(shape[1:], name=config["name"], dtype=config.get("dtype", "float32"))


def build_sequential(config):
    layers = config["layers"] if isinstance(config, dict) else config
    first = layers[0]["config"]
    tensor = start = keras.Input(first["batch_input_shape"][1:], name="request")
    for written in layers:
        if written["class_name"] != "InputLayer":
            tensor = make_layer(written)(tensor)
    return keras.Model(start, tensor)


def build_functional(config):
    """Layers are called as soon as what they take is there; one layer may be called more than once."""
    made, tensors = {}, {}  # by layer name; by (layer name, call, output)
    waiting = []
    for written in config["layers"]:
        if written["class_name"] == "InputLayer":
            tensors[written["name"], 0, 0] = input_of(written["config"])
            continue
        made[written["name"]] = make_layer(written)
        for call, node in enumerate(written["inbound_nodes"]):
            waiting.append((written["name"], call, [tuple(taken[:3]) for taken in node]))
    while waiting:
        ready = [node for node in waiting if all(taken in tensors for taken in node[2])]
        if not ready:
            raise ValueError(f"Expected a chain from the inputs, got stuck at {waiting[0]}")
        for name, call, taken in ready:
            given = [tensors[key] for key in taken]
            tensors[name, call, 0] = made[name](given[0] if len(given) == 1 else given)
        waiting = [node for node in waiting if node not in ready]
    ends = [
        [tensors[tuple(key)] for key in config[side]] for side in ("input_layers", "output_layers")
    ]
    inputs, outputs = (end[0] if len(end) == 1 else end for end in ends)
    return keras.Model(inputs, outputs, name=config["name"])


def read_weights(folder, manifest):
    """{layer name: {weight's own name: array}}, float32, quantised ones widened."""
    weights = {}
    for group in manifest:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        at = 0
        for entry in group["weights"]:
            quantised = entry.get("quantization", {})
            kind = numpy.dtype(quantised.get("dtype", entry["dtype"])).newbyteorder("<")
            count = math.prod(entry["shape"])
            array = numpy.frombuffer(data, kind, count, at).astype(numpy.float32)
            at += count * kind.itemsize
            if kind.kind == "u":
                array = array * numpy.float32(quantised["scale"]) + numpy.float32(quantised["min"])
            layer, own = entry["name"].rsplit("/", 1)
            weights.setdefault(layer, {})[own] = array.reshape(entry["shape"])
        if at != len(data):
            raise ValueError(f"Expected {at} bytes of weights in '{folder}', got {len(data)}")
    return weights


def set_weights(model, weights):
    left = set(weights)
    for layer in model.layers:
        if not layer.weights:
            continue
        values = weights[layer.name]
        # tfjs appends _1 and so on where a name was taken, so a prefix is all that is sure.
        layer.set_weights([pick(values, variable.name, layer.name) for variable in layer.weights])
        left.discard(layer.name)
    if left:
        raise ValueError(f"Expected all weights to have a layer, got some for {sorted(left)}")


def pick(values, own, layer):
    if own in values:
        return values[own]
    # Keras 3 calls the kernel of a DepthwiseConv2D 'kernel', tfjs 'depthwise_kernel'.
    found = [
        value
        for name, value in values.items()
        if name.startswith(own + "_") or name == "depthwise_" + own
    ]
    if len(found) != 1:
        raise ValueError(f"Expected one weight '{own}' of layer '{layer}', got {sorted(values)}")
    return found[0]


def main():
    tensor = numpy.asarray(json.load(sys.stdin), numpy.float32)
    stages = []
    for folder in sys.argv[1:]:
        for model in load_stages(folder):
            outputs = model(tensor, training=False)
            outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
            stages.append([output.numpy().tolist() for output in outputs])
            tensor = outputs[0]
    json.dump({"stages": stages}, sys.stdout)


if __name__ == "__main__":
    main()
