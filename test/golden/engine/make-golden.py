"""Writes what Keras answers, for test/serving/engine/*.test.ts: run it with the Python of scripts/python-env.mjs
(tensorflow-cpu==2.20.0), `python make-golden.py`, in this folder.

Weights and inputs follow a formula (below, and in test/helpers/golden-model.ts), exact in float32, so
only topologies and answers are stored. A submodel's folder holds model.json (tfjs layers), answers.json
(exit values of each sample) and features.bin (float32, of the first sample).
"""
import json, math, os, shutil
import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf
from tensorflow import keras

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = 3


def uniform(count, seed):
    """`count` values in [-1, 1), multiples of 2^-15: a multiply-and-shift hash of (index, seed)."""
    x = np.arange(count, dtype=np.uint64) + np.uint64(seed * 1000003)
    mask = np.uint64(0xFFFFFFFF)
    x = (x * np.uint64(2654435761)) & mask
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(2246822519)) & mask
    x ^= x >> np.uint64(13)
    return ((x >> np.uint64(16)).astype(np.float32) - 32768) / np.float32(32768)


def weight(name, shape, seed):
    u = uniform(int(np.prod(shape)), seed).reshape(shape)
    kind = name.split("/")[-1]
    if kind == "kernel":
        fan_in = int(np.prod(shape[:-1]))
        return u * np.float32(2.0 ** round(math.log2(math.sqrt(6.0 / fan_in))))
    if kind == "gamma":
        return 1 + u / 4
    if kind == "moving_variance":
        return 1 + u / 2
    return u / 8  # bias, beta, moving_mean


def inputs(shape):
    """Samples in [0, 1): multiples of 2^-16."""
    count = int(np.prod(shape))
    return np.stack([(uniform(count, 500 + k) + 1) / 2 for k in range(SAMPLES)]).reshape((SAMPLES, *shape))


class Network:
    """Builds a Keras model and, beside it, the same topology as tfjs layers read it."""

    def __init__(self, name, shape, seed):
        self.name, self.seed, self.layers, self.weights = name, seed, [], []
        self.input_name = f"{name}_input"
        config = {"batch_input_shape": [None, *shape], "dtype": "float32", "sparse": False, "name": self.input_name}
        self.layers.append({"class_name": "InputLayer", "config": config, "name": self.input_name, "inbound_nodes": []})
        self.input = keras.Input(shape, name=self.input_name)
        self.input._golden_name = self.input_name
        self.names = {id(self.input): self.input_name}
        self.kept = [self.input]  # ids stay theirs while they live

    def apply(self, kind, x, **settings):
        """One layer on one tensor or a list of them."""
        name = f"{self.name}_{kind.lower()}{len(self.layers)}"
        layer = getattr(keras.layers, kind)(name=name, **settings)
        given = x if isinstance(x, list) else [x]
        y = layer(x)
        config = {"name": name, "trainable": True, "dtype": "float32", **settings}
        inbound = [[[self.names[id(t)], 0, 0, {}] for t in given]]
        self.layers.append({"class_name": kind, "config": config, "name": name, "inbound_nodes": inbound})
        values = []
        for w in layer.weights:
            full = f"{name}/{w.name}"
            value = weight(full, tuple(w.shape), self.seed + len(self.weights))
            self.weights.append((full, value))
            values.append(value)
        layer.set_weights(values)
        self.names[id(y)] = name
        self.kept.append(y)
        return y

    def finish(self, outputs):
        self.model = keras.Model(self.input, outputs, name=self.name)
        self.outputs = [self.names[id(y)] for y in outputs]
        return self

    def topology(self):
        config = {
            "name": self.name,
            "layers": self.layers,
            "input_layers": [[self.input_name, 0, 0]],
            "output_layers": [[name, 0, 0] for name in self.outputs],
        }
        weights = [{"name": n, "shape": list(v.shape), "dtype": "float32"} for n, v in self.weights]
        return {
            "format": "layers-model",
            "generatedBy": f"keras v{keras.__version__}",
            "convertedBy": "make-golden.py",
            "modelTopology": {"keras_version": keras.__version__, "backend": "tensorflow",
                              "model_config": {"class_name": "Model", "config": config}},
            "weightsManifest": [{"paths": ["weights.bin"], "weights": weights}],
            "userDefinedMetadata": {"seed": self.seed},
        }


def conv(n, x, filters, strides=1, relu=True):
    x = n.apply("Conv2D", x, filters=filters, kernel_size=[3, 3], strides=[strides, strides], padding="same", use_bias=False)
    x = n.apply("BatchNormalization", x, momentum=0.9, epsilon=0.001)
    return n.apply("ReLU", x) if relu else x


def residual(n, x, filters):
    y = conv(n, conv(n, x, filters), filters, relu=False)
    return n.apply("ReLU", n.apply("Add", [x, y]))


def pooled_exit(n, x, classes):
    mean = n.apply("GlobalAveragePooling2D", x)
    top = n.apply("GlobalMaxPooling2D", x)
    return n.apply("Dense", n.apply("Concatenate", [mean, top], axis=-1), units=classes)


def dense_exit(n, x, classes, hidden=None):
    x = n.apply("Flatten", x) if len(x.shape) > 2 else x
    if hidden:
        x = n.apply("Dense", x, units=hidden, activation="relu")
    return n.apply("Dense", x, units=classes)


def compact():
    """Every kind of layer of the compact recipe, on 33 x 31 (odd, so that padding counts)."""
    n = Network("edge", (33, 31, 3), 10)
    x = conv(n, n.input, 8, strides=2)
    x = n.apply("MaxPooling2D", x, pool_size=[2, 2])
    x = n.apply("Dropout", conv(n, x, 12), rate=0.3)
    yield n.finish([x, pooled_exit(n, x, 5)])
    n = Network("fog", tuple(x.shape[1:]), 40)
    x = residual(n, n.input, 12)
    yield n.finish([x, pooled_exit(n, x, 5)])
    n = Network("cloud", tuple(x.shape[1:]), 80)
    x = conv(n, n.input, 16, strides=2)
    yield n.finish([pooled_exit(n, residual(n, x, 16), 5)])


def original():
    """The original's submodels 1 to 8, on 60 x 60 with five classes."""
    n = Network("1", (60, 60, 3), 100)
    x = n.input
    for k in (1, 2):
        if k == 2:
            n = Network("2", tuple(x.shape[1:]), 150)
            x = n.input
        x = n.apply("BatchNormalization", x, momentum=0.99, epsilon=0.001)
        x = n.apply("Conv2D", x, filters=32, kernel_size=[3, 3], activation="relu")
        x = n.apply("Dropout", n.apply("MaxPooling2D", x, pool_size=[2, 2]), rate=0.4)
        yield n.finish([x, dense_exit(n, x, 5, hidden=32)])
    for k, size in ((3, 3), (4, 2)):
        n = Network(str(k), tuple(x.shape[1:]), k * 50 + 50)
        x = n.apply("Conv2D", n.input, filters=64, kernel_size=[size, size], activation="relu")
        x = n.apply("BatchNormalization", x, momentum=0.99, epsilon=0.001)
        x = n.apply("Dropout", n.apply("MaxPooling2D", x, pool_size=[2, 2]), rate=0.3)
        yield n.finish([x, dense_exit(n, x, 5)])
    for k, units in ((5, 1024), (6, 512), (7, 256)):
        n = Network(str(k), tuple(x.shape[1:]), k * 50 + 50)
        x = n.apply("Flatten", n.input) if k == 5 else n.input
        x = n.apply("Dropout", n.apply("Dense", x, units=units, activation="relu"), rate=0.2)
        yield n.finish([x, n.apply("Dense", x, units=5)])
    n = Network("8", tuple(x.shape[1:]), 450)
    x = n.apply("Dropout", n.apply("Dense", n.input, units=64, activation="relu"), rate=0.2)
    yield n.finish([n.apply("Dense", x, units=5)])


def write_family(name, submodels):
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    x = None
    for n in submodels:
        x = inputs(n.model.input_shape[1:]) if x is None else x
        given = n.model(x, training=False)
        given = given if isinstance(given, list) else [given]
        features = given[0].numpy() if len(given) > 1 else None
        exits = [y.numpy() for y in (given[1:] if len(given) > 1 else given)]
        target = os.path.join(folder, n.name)
        os.makedirs(target)
        write_json(os.path.join(target, "model.json"), n.topology())
        answers = [[[float(v) for v in y[k]] for y in exits] for k in range(SAMPLES)]
        write_json(os.path.join(target, "answers.json"),
                   {"features": None if features is None else list(features.shape[1:]), "exits": answers})
        if features is not None:
            features[0].astype("<f4").tofile(os.path.join(target, "features.bin"))
        print(name, n.name, [round(v, 3) for v in answers[0][0]])
        x = features


def write_json(file, value):
    with open(file, "w") as out:
        json.dump(value, out, separators=(",", ":"))
        out.write("\n")


def small():
    """A submodel in the other two formats."""
    n = Network("small", (12, 12, 3), 700)
    x = conv(n, n.input, 4, strides=2)
    return n.finish([x, pooled_exit(n, x, 3)])


def write_saved_model(n, folder):
    """TensorFlow's SavedModel, the original's format, with outputs named as Keras names them."""
    target = os.path.join(folder, "saved-model")
    shutil.rmtree(target, ignore_errors=True)
    spec = tf.TensorSpec((None, *n.model.input_shape[1:]), tf.float32, name="input_1")
    module = tf.Module()
    # Kept by name, or they would not be saved. model.export would add 100 kB of Keras' own.
    module.weights = [v.value for v in n.model.variables]
    serve = tf.function(
        lambda x: {f"output_{k}": y for k, y in enumerate(n.model(x, training=False))}, input_signature=[spec])
    tf.saved_model.save(module, target, signatures=serve)
    os.remove(os.path.join(target, "fingerprint.pb"))


def freeze(n):
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    spec = tf.TensorSpec((None, *n.model.input_shape[1:]), tf.float32, name="input_1")
    function = tf.function(lambda x: list(n.model(x, training=False)), input_signature=[spec])
    return convert_variables_to_constants_v2(function.get_concrete_function())


def write_graph_model(n, folder):
    """A tfjs graph model, as its converter writes it: nodes as JSON, constants as weights."""
    from google.protobuf.json_format import MessageToDict
    target = os.path.join(folder, "graph")
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    frozen = freeze(n)
    graph, specs, data = frozen.graph.as_graph_def(), [], b""
    for node in graph.node:
        if node.op == "Const":
            value = tf.make_ndarray(node.attr["value"].tensor)
            specs.append({"name": node.name, "shape": list(value.shape), "dtype": str(value.dtype)})
            data += value.tobytes()
            node.attr["value"].tensor.tensor_content = b""
            node.attr["value"].tensor.ClearField("float_val")
    outputs = {f"output_{k}": {"name": t.name, "dtype": "DT_FLOAT",
                               "tensorShape": {"dim": [{"size": str(-1 if d is None else d)} for d in t.shape]}}
               for k, t in enumerate(frozen.outputs)}
    source = frozen.inputs[0]
    dims = [{"size": str(-1 if d is None else d)} for d in source.shape]
    write_json(os.path.join(target, "model.json"), {
        "format": "graph-model",
        "generatedBy": tf.__version__,
        "convertedBy": "make-golden.py",
        "signature": {"inputs": {"input_1": {"name": source.name, "dtype": "DT_FLOAT", "tensorShape": {"dim": dims}}},
                      "outputs": outputs},
        "modelTopology": MessageToDict(graph),
        "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}],
    })
    with open(os.path.join(target, "weights.bin"), "wb") as out:
        out.write(data)


if __name__ == "__main__":
    write_family("compact", compact())
    write_family("original", original())
    n = small()
    write_family("small", [n])
    write_saved_model(n, os.path.join(HERE, "small"))
    write_graph_model(n, os.path.join(HERE, "small"))
