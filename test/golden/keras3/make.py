"""Writes what Keras 3 computes for small networks, and each network as tensorflowjs writes it as a layers
model: from a .h5 file (weights by name) and from a .keras file (weights by class and number).

    python test/golden/keras3/make.py      (tensorflow==2.21.0 keras==3.15.1 tf-keras==2.21.0, and with
                                            --no-deps tensorflowjs==4.22.0 six; see scripts/python-env.mjs)

test/model/keras/keras3.test.ts runs them on every engine. Weights are formulas, so that a second run writes
the same files. One file a network: model.json, weights in base64, inputs and outputs.
"""
import base64
import json
import os
import pathlib
import re
import sys
import tempfile
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy  # noqa: E402
from keras import layers as L  # noqa: E402


class Anything(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


def tensorflowjs_converter():
    # tensorflowjs imports them and needs none of them here.
    for name in ["tensorflow_decision_forests", "tensorflow_hub", "jax", "jax.experimental"]:
        sys.modules[name] = Anything(name)
    sys.modules["jax.experimental.jax2tf"] = Anything("jax.experimental.jax2tf")
    from tensorflowjs.converters import converter

    return converter


here = pathlib.Path(__file__).parent


def wave(shape, phase):
    return numpy.sin(1.7 * numpy.arange(numpy.prod(shape)) + phase).reshape(shape)


def set_weights(model):
    for k, weight in enumerate(w for w in model.weights if w.dtype == "float32"):
        values = wave(weight.shape, k)
        if "variance" in weight.path:
            values = 0.6 + 0.3 * values
        elif "gamma" in weight.path:
            values = 1 + 0.2 * values
        elif len(weight.shape) > 1:
            values = values * numpy.sqrt(3 / max(1, numpy.prod(weight.shape[:-1])))
        else:
            values = 0.1 * values
        weight.assign(values.astype("float32"))
    for layer in model.layers:
        if isinstance(layer, L.Normalization) and layer.input_mean is None:
            layer.finalize_state()


def functional(form):
    x = start = keras.Input((16, 12, 3), name="images")
    x = L.Conv2D(4, 3, strides=2, padding="same", name="conv_first")(x)
    x = L.BatchNormalization(name="norm")(x)
    x = y = L.ReLU(6.0)(x)
    x = L.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = L.BatchNormalization(scale=False)(x)
    x = L.Activation("silu")(x)
    s = L.GlobalAveragePooling2D(keepdims=True)(x)
    s = L.Conv2D(4, 1, activation="sigmoid")(s)
    x = L.Multiply()([x, s])
    x = L.Add()([x, y])
    features = L.Concatenate(name="features")([x, y])
    early = L.Dense(3, name="early")(L.GlobalMaxPooling2D()(features))
    late = L.Dense(3, name="late")(L.Flatten()(L.AveragePooling2D(2)(features)))
    return keras.Model(start, [early, late])


def augmented(form):
    return keras.Sequential(
        [
            keras.Input((16, 12, 3)),
            L.RandomFlip("horizontal"),
            L.RandomRotation(0.1),
            L.RandomZoom(0.2),
            L.RandomTranslation(0.1, 0.1),
            L.RandomContrast(0.2),
            # Keras 3.15 does not write this one as .h5.
            *([L.RandomBrightness(0.2)] if form == "keras" else []),
            L.Rescaling(2.0, offset=-1.0),
            L.GaussianNoise(0.1),
            L.SeparableConv2D(5, 3, activation="relu", depth_multiplier=2),
            L.ZeroPadding2D(((1, 0), (0, 2))),
            L.Conv2D(4, 3, padding="same", kernel_regularizer=keras.regularizers.L2(1e-3)),
            L.LeakyReLU(negative_slope=0.2),
            L.SpatialDropout2D(0.3),
            L.MaxPooling2D(2),
            L.Conv2D(4, 3, kernel_constraint=keras.constraints.MaxNorm(2)),
            L.PReLU(shared_axes=[1, 2]),
            L.Dropout(0.5),
            L.Flatten(),
            L.Dense(8, activation="gelu"),
            L.LayerNormalization(),
            L.Dense(3, activation="softmax"),
        ]
    )


def nested(form):
    inner = keras.Sequential([L.Conv2D(3, 3, activation="tanh", padding="same"), L.BatchNormalization()])
    x = keras.Input((8, 8, 3), name="inner_input")
    y = L.Conv2D(2, 3)(x)
    z = L.Conv2D(2, 3, padding="valid")(x)
    parts = keras.Model(x, [L.Add()([y, z]), y], name="parts")
    x = start = keras.Input((8, 8, 3))
    x = inner(x)
    x = inner(x)
    a, b = parts(x)
    a = L.GlobalAveragePooling2D()(a)
    b = L.GlobalAveragePooling2D()(b)
    return keras.Model(start, L.Dense(3)(L.Concatenate()([a, b])))


def activations(form):
    x = start = keras.Input((8, 8, 3))
    outputs = []
    for name in ["silu", "swish", "gelu", "hard_sigmoid", "relu6", "elu", "selu", "softsign", "mish", "softplus"]:
        outputs.append(L.Conv2D(2, 3, activation=name)(x))
    outputs.append(L.Cropping2D(1)(L.ReLU(negative_slope=0.1)(x)))
    outputs.append(L.Cropping2D(1)(L.Activation("relu6")(x)))
    x = L.Concatenate()(outputs)
    x = L.Flatten()(x)
    return keras.Model(start, [L.Dense(3, activation="log_softmax")(x), L.Softmax()(L.Dense(3)(x))])


def arithmetic(form):
    x = start = keras.Input((8, 8, 3))
    y = L.Conv2D(3, 3, padding="same")(x)
    y = L.ReLU(6.0)(y + 3.0) * (1.0 / 6.0)
    y = x * y - x / 2.0
    y = 1.0 - y
    return keras.Model(start, L.Dense(3)(L.GlobalAveragePooling2D()(y)))


def images(form):
    x = start = keras.Input((9, 7, 3))
    x = L.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.1, 0.2, 0.3])(x)
    x = L.Normalization()(x)
    x = L.Conv2DTranspose(3, 3, strides=2, padding="same")(x)
    x = L.UpSampling2D(2)(x)
    x = L.CenterCrop(20, 22)(x)
    x = L.Conv2D(4, 3, strides=3)(x)
    return keras.Model(start, L.Dense(3)(L.Flatten()(x)))


def resized(form):
    x = start = keras.Input((9, 7, 3))
    x = L.UpSampling2D(2, interpolation="bilinear")(x)
    a = L.Resizing(11, 6)(x)
    b = L.Resizing(11, 6, interpolation="nearest")(x)
    x = L.Concatenate()([a, b])
    return keras.Model(start, L.Dense(3)(L.Flatten()(x)))


def grouped(form):
    x = start = keras.Input((9, 8, 4))
    x = L.Conv2D(8, 3, groups=2)(x)
    x = L.DepthwiseConv2D(3, dilation_rate=2, padding="same")(x)
    x = L.Conv2D(4, 3, activation=L.LeakyReLU(negative_slope=0.3))(x)
    x = L.ReLU(max_value=2.0, negative_slope=0.2, threshold=0.1)(x)
    x = L.Activation("hard_silu")(x)
    x = L.Activation("leaky_relu")(x)
    return keras.Model(start, L.Dense(3)(L.GlobalMaxPooling2D(keepdims=True)(x)))


def half(form):
    keras.config.set_dtype_policy("mixed_float16")
    model = keras.Sequential([keras.Input((6, 6, 3)), L.Conv2D(3, 3), L.Flatten(), L.Dense(3, dtype="float32")])
    keras.config.set_dtype_policy("float32")
    return model


def answers(model):
    """Shape of the input, and what Keras gives for two samples."""
    shape = model.inputs[0].shape[1:]
    data = (0.5 + 0.5 * wave((2, *shape), 0.3)).astype("float32")
    outputs = model(data, training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    values = [[float(f"{v:.7g}") for v in numpy.ravel(numpy.asarray(o))] for o in outputs]
    return {"shape": list(shape), "outputs": values}


def write(name, model, form):
    converter = tensorflowjs_converter()
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "out")
        if form == "h5":
            model.save(os.path.join(folder, "model.h5"))
            converter.dispatch_keras_h5_to_tfjs_layers_model_conversion(os.path.join(folder, "model.h5"), target)
        else:
            model.save(os.path.join(folder, "model.keras"))
            converter.dispatch_keras_keras_to_tfjs_layers_model_conversion(os.path.join(folder, "model.keras"), target)
        json_text = json.loads((pathlib.Path(target) / "model.json").read_text())
        weights = b"".join(
            (pathlib.Path(target) / path).read_bytes() for group in json_text["weightsManifest"] for path in group["paths"]
        )
    json_text["weightsManifest"] = [
        {"paths": ["weights.bin"], "weights": [w for g in json_text["weightsManifest"] for w in g["weights"]]}
    ]
    golden = {"model": json_text, "weights": base64.b64encode(weights).decode(), **answers(model)}
    # The only part that another run writes otherwise.
    text = re.sub(r'("shared_object_id": )\d+', r"\g<1>1", json.dumps(golden))
    (here / f"{name}-{form}.json").write_text(text + "\n")


networks = [functional, augmented, nested, activations, arithmetic, images, resized, grouped, half]


if __name__ == "__main__":
    for make in networks:
        for form in ["h5", "keras"]:
            keras.utils.clear_session()
            model = make(form)
            set_weights(model)
            write(make.__name__, model, form)
