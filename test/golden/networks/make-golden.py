"""Writes golden.json: what Keras computes for both networks, built here a second time from ORIGINAL's model.py
and from the description in src/model/networks/compact.ts, with weights and images given by a formula.

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
            w = [1 + 0.2 * w, 0.1 * w, 0.1 * w, 0.6 + 0.3 * w][i]
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


def compact(height, width, classes):
    x = keras.Input((height, width, 3))
    start = x
    outputs = []
    for name, plan in (
        ("edge", ((16, 2), (32, 2), (48, 2), (56, 2), 56)),
        ("fog", ((96, 1), 96)),
        ("cloud", ((120, 1), 120)),
    ):
        count = 0

        def named(kind):
            nonlocal count
            count += 1
            return f"{name}_{kind}{count}"

        def convolve(x, filters, stride=1):
            x = L.Conv2D(
                filters, 3, stride, padding="same", use_bias=False, name=named("conv")
            )(x)
            return L.BatchNormalization(momentum=0.9, epsilon=0.001, name=named("norm"))(x)

        def rectify(x):
            named("relu")
            return L.ReLU()(x)

        for step in plan:
            if isinstance(step, tuple):
                x = rectify(convolve(x, *step))
            else:
                y = rectify(convolve(x, step))
                y = convolve(y, step)
                named("add")
                x = rectify(L.Add()([x, y]))
        pooled = L.Concatenate()([L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x)])
        outputs += [x, L.Dense(classes, name=f"{name}_exit")(pooled)]
    return keras.Model(start, outputs[:-2] + outputs[-1:])


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
                "mean": float(o.mean(dtype=numpy.float64)),
                "first": [float(v) for v in o.ravel()[: 2 * classes]],
            }
            for o in outputs
        ],
    }


golden = {
    "keras": keras.__version__,
    "networks": {
        "original": [record(original, 72, 60, 4), record(original, 64, 64, 10)],
        "compact": [record(compact, 48, 40, 3), record(compact, 32, 32, 10)],
    },
}
path = pathlib.Path(__file__).with_name("golden.json")
path.write_text(json.dumps(golden, indent=1) + "\n")
print(path, path.stat().st_size, "bytes")
