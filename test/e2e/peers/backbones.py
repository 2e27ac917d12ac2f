"""Networks that were made elsewhere, for test/peers/backbone.test.ts and backbone-kinds.test.ts: `backbones.py FORM OUT`.

keras: MobileNetV2 with 5 classes, as Keras exports it: a SavedModel. Needs tensorflow.
onnx: residual blocks with channels first, as PyTorch exports them. Needs onnx and onnxruntime.
kinds: networks of Keras that are odd, each in its way: OUT/NAME/model and OUT/NAME/answers.json. Needs tensorflow.
OUT/model is the network, OUT/answers.json what its own runtime answers to an image by formula. Weights are drawn, so
that nothing is downloaded.
"""
import json
import os
import sys

import numpy as np


def image(shape):
    count = int(np.prod(shape))
    return np.array([(i * 7919 % 997) / 997 for i in range(count)], np.float32).reshape(shape)


def write_answers(out, shape, answers):
    with open(os.path.join(out, "answers.json"), "w") as file:
        json.dump({"shape": shape, "answers": [float(value) for value in answers]}, file)


def draw_statistics(model):
    """Fresh statistics of batch normalisation would let everything through as it is."""
    import keras

    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            draw = np.random.default_rng(len(gamma)).uniform
            layer.set_weights([gamma, beta, draw(-0.1, 0.1, mean.shape), draw(0.5, 1.5, variance.shape)])


def write_kinds(out):
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    from keras import applications, layers

    def nested(shape, **_):
        base = applications.MobileNetV2(shape, alpha=0.35, weights=None, include_top=False)
        body = keras.Sequential([layers.Conv2D(8, 3, strides=2, activation="swish"), layers.GlobalMaxPooling2D()])
        inputs = keras.Input(shape)
        x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
        x = layers.Concatenate()([layers.GlobalAveragePooling2D()(base(x)), body(x)])
        return keras.Model(inputs, layers.Dense(5)(layers.Dense(16, activation="gelu")(x)))

    def of_groups(shape, **_):
        inputs = keras.Input(shape)
        x = layers.Conv2D(8, 3, strides=2, activation="relu")(inputs)
        x = layers.Add()([x, layers.Conv2D(8, 1)(layers.Conv2D(16, 3, groups=4, padding="same")(x))])
        x = layers.Conv2D(12, 3, groups=2, dilation_rate=2, padding="same")(x)
        return keras.Model(inputs, layers.Dense(5)(layers.GlobalAveragePooling2D()(x)))

    keras.utils.set_random_seed(14)
    for name, make, side in [
        ("xception", applications.Xception, 71),
        ("mobilenetv3", applications.MobileNetV3Small, 64),
        ("convnext", applications.ConvNeXtTiny, 64),
        ("densenet", applications.DenseNet121, 64),
        ("groups", of_groups, 32),
        ("nested", nested, 64),
    ]:
        shape = (side, side, 3)
        model = make(input_shape=shape, weights=None, classes=5) if make.__module__ != __name__ else make(shape)
        draw_statistics(model)
        folder = os.path.join(out, name)
        model.export(os.path.join(folder, "model"), verbose=False)
        write_answers(folder, list(shape), np.asarray(model(image(shape)[None], training=False))[0])


def write_keras(out):
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(14)
    shape = (96, 96, 3)
    model = keras.applications.MobileNetV2(shape, alpha=0.35, weights=None, classes=5, classifier_activation=None)
    draw_statistics(model)
    model.export(os.path.join(out, "model"), verbose=False)
    write_answers(out, list(shape), np.asarray(model(image(shape)[None]))[0])


def write_onnx(out):
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    draw = np.random.default_rng(14).normal
    nodes, weights = [], []

    def weight(*shape):
        name = f"w{len(weights)}"
        scale = np.sqrt(2 / max(1, np.prod(shape[1:])))
        weights.append(numpy_helper.from_array((draw(size=shape) * scale).astype(np.float32), name))
        return name

    def add(op, inputs, name, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name=f"/{name}/{op}", **attributes))
        return name

    def conv(x, inputs, outputs, name, stride=1):
        return add("Conv", [x, weight(outputs, inputs, 3, 3), weight(outputs)], name, kernel_shape=[3, 3], pads=[1] * 4, strides=[stride] * 2)

    x, channels = add("Relu", [conv("image", 3, 8, "stem", 2)], "stem_relu"), 8
    for block, outputs in enumerate([8, 16, 24]):
        if outputs != channels:
            x = add("Relu", [conv(x, channels, outputs, f"down{block}", 2)], f"down{block}_relu")
            channels = outputs
        y = add("Relu", [conv(x, channels, channels, f"block{block}_a")], f"block{block}_a_relu")
        y = conv(y, channels, channels, f"block{block}_b")
        x = add("Relu", [add("Add", [x, y], f"block{block}_sum")], f"block{block}")
    x = add("Flatten", [add("GlobalAveragePool", [x], "average")], "flat", axis=1)
    add("Gemm", [x, weight(5, channels), weight(5)], "logits", transB=1)
    shape = [3, 64, 64]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 5])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    os.makedirs(os.path.join(out, "model"))
    onnx.save(model, os.path.join(out, "model", "network.onnx"))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    write_answers(out, shape, session.run(None, {"image": image(shape)[None]})[0][0])


if __name__ == "__main__":
    form, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    {"keras": write_keras, "kinds": write_kinds, "onnx": write_onnx}[form](out)
