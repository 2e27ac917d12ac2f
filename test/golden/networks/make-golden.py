"""Writes golden.json: what Keras computes for each network, built here a second time from the original's
model.py, from kunglab/branchynet's lenet_mnist.py and from the descriptions in src/model/networks/, with
weights and images given by a formula.

    python test/golden/networks/make-golden.py      (TensorFlow 2.20; scripts/python-env.mjs makes one)

test/model/networks.test.ts gives the same weights to the tfjs networks and compares every output.
"""
import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy  # noqa: E402
from keras import layers as L  # noqa: E402


def wave(count, phase):
    """sin(1.7 i + phase), i from 0: numbers that any language can make again."""
    return numpy.sin(1.7 * numpy.arange(count, dtype=numpy.float64) + phase)


def phase_of(name):
    return sum((i + 1) * ord(c) for i, c in enumerate(name)) % 1000 / 7


def set_weights(layer):
    """Kernels of the size that keeps activations near 1, and statistics that are not trivial."""
    values = []
    for i, weight in enumerate(layer.weights):
        size = int(numpy.prod(weight.shape))
        w = wave(size, phase_of(layer.name) + i)
        if isinstance(layer, L.BatchNormalization):
            given = [1 + 0.2 * w, 0.1 * w, 0.1 * w, 0.6 + 0.3 * w]
            w = given[i if layer.scale else i + 1]
        elif len(weight.shape) > 1:
            w = w * numpy.sqrt(3 / numpy.prod(weight.shape[:-1]))
        else:
            w = 0.1 * w
        values.append(w.reshape(weight.shape).astype(numpy.float32))
    layer.set_weights(values)


def image(height, width):
    values = 0.5 + 0.5 * wave(2 * height * width * 3, 0.3)
    return values.reshape(2, height, width, 3).astype(numpy.float32)


def original(height, width, classes):
    x = keras.Input((height, width, 3))
    start = x
    outputs = []

    def convolve(x, n, filters, kernel, norm_first, rate):
        norm, conv = L.BatchNormalization(name=f"norm_{n}"), L.Conv2D(
            filters, kernel, activation="relu", name=f"conv_{n}"
        )
        x = conv(norm(x)) if norm_first else norm(conv(x))
        return L.Dropout(rate)(L.MaxPooling2D(2)(x))

    for n, filters, kernel, norm_first, rate in (
        (1, 32, 3, True, 0.4),
        (2, 32, 3, True, 0.4),
        (3, 64, 3, False, 0.3),
        (4, 64, 2, False, 0.3),
    ):
        x = convolve(x, n, filters, kernel, norm_first, rate)
        y = L.Flatten()(x)
        if n <= 2:
            y = L.Dense(32, activation="relu", name=f"exit_{n}_dense")(y)
        outputs += [x, L.Dense(classes, name=f"exit_{n}")(y)]
    x = L.Flatten()(x)
    for n, units in ((5, 1024), (6, 512), (7, 256), (8, 64)):
        x = L.Dropout(0.2)(L.Dense(units, activation="relu", name=f"dense_{n}")(x))
        outputs += [x, L.Dense(classes, name=f"exit_{n}")(x)]
    # The last submodel gives its exit only.
    return keras.Model(start, outputs[:-2] + outputs[-1:])


class Blocks:
    """Layers of one part, with the names that src/model/networks/blocks.ts gives them."""

    def __init__(self, name, scale=True):
        self.name, self.count, self.scale = name, 0, scale

    def named(self, kind):
        self.count += 1
        return f"{self.name}_{kind}{self.count}"

    def norm(self, x):
        norm = L.BatchNormalization(epsilon=0.001, scale=self.scale, name=self.named("norm"))
        return norm(x)

    def relu(self, x):
        return L.ReLU(name=self.named("relu"))(x)

    def conv(self, x, filters, stride=1, kernel=3, pool=False, relu=True):
        x = L.Conv2D(
            filters, kernel, stride, padding="same", use_bias=False, name=self.named("conv")
        )(x)
        if pool:
            x = L.MaxPooling2D(2, padding=pool, name=self.named("pool"))(x)
        x = self.norm(x)
        return self.relu(x) if relu else x

    def whitening(self, x):
        x = L.Conv2D(24, 2, use_bias=False, name=f"{self.name}_white")(x)
        return self.relu(self.norm(x))

    def residual(self, x, filters):
        y = self.conv(self.conv(x, filters), filters, relu=False)
        y = L.Add(name=self.named("add"))([x, y])
        return self.relu(y)

    def pool(self, x):
        return L.MaxPooling2D(2, name=self.named("pool"))(x)

    def exit(self, x, classes, name=None):
        pooled = L.Concatenate()([L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x)])
        return L.Dense(classes, name=name or f"{self.name}_exit")(pooled)


def compact(height, width, classes):
    start = x = keras.Input((height, width, 3))
    edge, fog, cloud = Blocks("edge"), Blocks("fog"), Blocks("cloud")
    for filters in (24, 48, 64, 56):
        x = edge.conv(x, filters, stride=2)
    x = edge.residual(x, 56)
    outputs = [x, edge.exit(x, classes)]
    x = fog.residual(fog.conv(x, 128), 128)
    outputs += [x, fog.exit(x, classes)]
    x = cloud.conv(x, 256, stride=2)
    x = cloud.residual(cloud.residual(x, 256), 256)
    return keras.Model(start, outputs + [cloud.exit(x, classes)])


def compact_32(height, width, classes):
    start = x = keras.Input((height, width, 3))
    edge, fog, cloud = (Blocks(name, scale=False) for name in ("edge", "fog", "cloud"))
    x = edge.conv(edge.conv(edge.whitening(x), 52, pool="valid"), 96, pool="valid")
    cut = edge.conv(x, 56, kernel=1, relu=False)
    x = edge.conv(edge.conv(x, 112, stride=2), 160, stride=2)
    outputs = [cut, edge.exit(x, classes)]
    x = fog.residual(fog.conv(cut, 184), 184)
    outputs += [x, fog.exit(x, classes)]
    x = cloud.conv(cloud.conv(cloud.conv(x, 184), 240, pool="valid"), 240)
    return keras.Model(start, outputs + [cloud.exit(x, classes)])


def vgg16(height, width, classes):
    start = x = keras.Input((height, width, 3))
    edge, fog, cloud = Blocks("edge"), Blocks("fog"), Blocks("cloud")
    x = edge.pool(edge.conv(edge.conv(x, 64), 64))
    x = edge.pool(edge.conv(edge.conv(x, 128), 128))
    outputs = [x, edge.exit(x, classes, "edge")]
    x = fog.pool(fog.conv(fog.conv(fog.conv(x, 256), 256), 256))
    outputs += [x, fog.exit(fog.conv(x, 256), classes, "fog")]
    for _ in range(2):
        x = cloud.pool(cloud.conv(cloud.conv(cloud.conv(x, 512), 512), 512))
    x = L.GlobalAveragePooling2D()(x)
    for index in (1, 2):
        x = L.Dense(512, activation="relu", name=f"cloud_dense{index}")(x)
        x = L.Dropout(0.5)(x)
    return keras.Model(start, outputs + [L.Dense(classes, name="cloud")(x)])


def b_lenet(height, width, classes):
    start = x = keras.Input((height, width, 3))

    def convolve(x, name, filters, kernel, padding):
        x = L.Conv2D(filters, kernel, name=name)(L.ZeroPadding2D(padding)(x))
        return L.ReLU()(L.MaxPooling2D(2, padding="same")(x))

    x = convolve(x, "edge_conv1", 5, 5, 3)
    branch = L.Flatten()(convolve(x, "edge_conv2", 10, 3, 1))
    outputs = [x, L.Dense(classes, name="edge_exit")(branch)]
    x = convolve(convolve(x, "cloud_conv1", 10, 5, 3), "cloud_conv2", 20, 5, 3)
    x = L.Dense(84, name="cloud_dense")(L.Flatten()(x))
    return keras.Model(start, outputs + [L.Dense(classes, name="cloud_exit")(x)])


def rounded(value):
    return float(f"{value:.7g}")


def record(build, height, width, classes):
    model = build(height, width, classes)
    for layer in model.layers:
        if layer.weights:
            set_weights(layer)
    outputs = [numpy.asarray(o) for o in model(image(height, width), training=False)]
    return {
        "height": height,
        "width": width,
        "classes": classes,
        "weights": model.count_params(),
        # Features are many: their mean and their first numbers tell enough.
        "outputs": [
            {
                "shape": list(o.shape[1:]),
                "mean": rounded(o.mean(dtype=numpy.float64)),
                "first": [rounded(v) for v in o.ravel()[: 2 * classes]],
            }
            for o in outputs
        ],
    }


golden = {
    "keras": keras.__version__,
    "networks": {
        "original": [record(original, 72, 60, 4), record(original, 64, 64, 10)],
        "compact": [record(compact, 48, 40, 3), record(compact, 32, 32, 10)],
        "compact-32": [record(compact_32, 20, 18, 3), record(compact_32, 32, 32, 4)],
        "vgg16": [record(vgg16, 33, 40, 3)],
        "b-lenet": [record(b_lenet, 28, 28, 10), record(b_lenet, 21, 16, 3)],
    },
}
path = pathlib.Path(__file__).with_name("golden.json")
path.write_text(json.dumps(golden) + "\n")
print(path, path.stat().st_size, "bytes")
