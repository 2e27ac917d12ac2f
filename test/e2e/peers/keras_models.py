"""Networks that Keras writes, in every form that a user may bring, and what Keras answers: for
test/peers/foreign-models.test.ts.

    python keras_models.py OUT TO_TFJS.py

Needs tensorflow-cpu 2.20 with its Keras 3, and of tf-keras (Keras 2) and tensorflowjs the packages alone.
Writes OUT/FORM/NAME model folders, OUT/images/LABEL/*.png and OUT/answers.json: for each network a list a
submodel of {features, exits}, each with a row a sample. Samples are pixels from 0 to 255, as the
original's training fed them.
"""
import importlib.util
import json
import os
import shutil
import sys
import types
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
warnings.simplefilter("ignore")
import numpy as np
import tensorflow as tf
import keras
import tf_keras

tf.get_logger().setLevel("ERROR")
OUT = sys.argv[1]
LABELS = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SAMPLES = 30
SIDE = 32
rng = np.random.default_rng(7)
keras.utils.set_random_seed(7)


def at(*parts):
    path = os.path.join(OUT, *parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def vgg(k):
    """A small Distributed_vgg16: convolutions in the edge and the fog, dense layers in the cloud.

    Layers are named so that the alphabet has the exits before the features, and in another order.
    """
    L = k.layers

    def block(x, filters):
        x = L.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = L.BatchNormalization()(x)
        return x

    def exit_of(x, name):
        x = L.Dense(12, activation="relu")(L.Flatten()(x))
        return L.Dense(len(LABELS), name=name)(L.Dropout(0.4)(x))

    x = edge_input = k.Input((SIDE, SIDE, 3))
    x = L.MaxPooling2D(name="pool_edge")(block(x, 6))
    edge = k.Model(edge_input, [x, exit_of(x, "exit_edge")], name="edge")
    y = fog_input = k.Input(tuple(x.shape[1:]))
    y = L.MaxPooling2D()(block(y, 8))
    y = L.Dense(20, activation="relu", name="to_cloud")(L.Flatten()(y))
    fog = k.Model(fog_input, [y, L.Dense(len(LABELS), name="fog_exit")(y)], name="fog")
    cloud_input = k.Input((20,))
    z = L.Dense(len(LABELS), name="a_cloud_exit")(L.Dense(16, activation="relu")(cloud_input))
    cloud = k.Model(cloud_input, z, name="cloud")
    image = k.Input((SIDE, SIDE, 3))
    to_fog, first = edge(image)
    to_cloud, second = fog(to_fog)
    full = k.Model(image, [first, second, cloud(to_cloud)], name="full")
    return [edge, fog, cloud], full


def kafka_ml(k):
    """Kafka-ML's distributed example, its edge: one channel, features as a vector, a softmax at the exit."""
    L = k.layers
    image = k.Input((14, 14, 1), name="input_img")
    x = L.Flatten(name="flatten")(L.MaxPooling2D(name="maxpooling")(L.Conv2D(4, 3, name="conv2d")(image)))
    to_fog = L.Dense(64, activation="relu", name="output_to_fog")(x)
    edge = k.Model([image], [to_fog, L.Dense(10, activation="softmax", name="edge_output")(to_fog)], name="edge_model")
    return [edge]


def stir(models):
    """Fresh biases and batch statistics are 0 and 1: wrongly matched ones would go unseen."""
    for model in models:
        for layer in model.layers:
            weights = layer.get_weights()
            if isinstance(layer, keras.layers.BatchNormalization):
                weights = [w + rng.uniform(0.05, 0.3, w.shape) for w in weights]
                # The edge's are of pixels, whose size they take away.
                weights[3] = weights[3] + (900.0 if model.name == "edge" else 0)
            elif len(weights) == 2:
                weights[1] = rng.normal(0, 0.2, weights[1].shape)
            layer.set_weights(weights)


def copy_weights(sources, targets):
    for source, target in zip(sources, targets):
        for a, b in zip(source.layers, target.layers):
            b.set_weights(a.get_weights())


def confidence(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).max(axis=1)


def answer(models, x):
    stages = []
    for model in models:
        outputs = model(x, training=False)
        outputs = [np.asarray(o) for o in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]
        has_features = len(outputs) == 2
        stages.append({
            "features": outputs[0].reshape(len(outputs[0]), -1).tolist() if has_features else None,
            "exits": [o.tolist() for o in outputs[1 if has_features else 0:]],
        })
        x = outputs[0]
    return stages


def sharpen(models, x):
    """Scales the edge's and the fog's logits until half of the samples are surer than 0.8."""
    for model, name in zip(models, ["exit_edge", "fog_exit"]):
        outputs = model(x, training=False)
        logits = np.asarray(outputs[1])
        logits = logits - logits.mean(axis=0)
        scale, shift = 1.0, -np.asarray(outputs[1]).mean(axis=0)
        low, high = 1e-4, 1e4
        for _ in range(60):
            scale = (low * high) ** 0.5
            low, high = (low, scale) if np.median(confidence(logits * scale)) > 0.8 else (scale, high)
        layer = model.get_layer(name)
        kernel, bias = layer.get_weights()
        layer.set_weights([kernel * scale, (bias + shift) * scale])
        x = outputs[0]
    for stage in answer(models, x0)[:2]:
        sure = confidence(np.array(stage["exits"][0]))
        assert np.abs(sure - 0.8).min() > 2e-4, "a sample is at the threshold: take another seed"
        assert 0.2 < (sure > 0.8).mean() < 0.8, sure


# Smooth colours with noise, so that samples differ in more than noise.
small = rng.uniform(0, 255, (SAMPLES, 4, 4, 3))
x0 = np.kron(small, np.ones((1, SIDE // 4, SIDE // 4, 1))) * 0.8 + rng.uniform(0, 51, (SAMPLES, SIDE, SIDE, 3))
x0 = np.floor(x0).astype(np.float32)
for k, sample in enumerate(x0):
    label = LABELS[k % len(LABELS)]
    png = tf.io.encode_png(sample.astype(np.uint8)).numpy()
    with open(at("images", label, f"{k:02}.png"), "wb") as file:
        file.write(png)
with open(at("labels.txt"), "w") as file:
    file.write("\n".join(LABELS) + "\n")

new, new_full = vgg(keras)
stir(new)
sharpen(new, x0)
old, old_full = vgg(tf_keras)
copy_weights(new, old)
NAMES = ["EDGE", "FOG", "CLOUD"]
for name, model, old_model in zip(NAMES, new, old):
    model.export(at("keras3", name), verbose=False)
    old_model.save(at("keras2", name))
new_full.export(at("keras3", "FULL_MODEL"), verbose=False)
old_full.save(at("keras2", "FULL_MODEL"))
tf.saved_model.save(old[0], at("saved", "EDGE"))
# Only Python's own loader restores the variables of this one.
tf.saved_model.save(new[0], at("odd", "keras3-saved"))

# A Keras file, and the way out that ddnn tells of.
mnist = kafka_ml(tf_keras)
mnist[0].save(at("kafka-ml", "EDGE"))
mnist[0].save(at("h5", "EDGE.h5"))
keras.models.load_model(at("h5", "EDGE.h5"), compile=False).export(at("kafka-ml-exported", "EDGE"), verbose=False)

# TensorFlow 2.0 to 2.4, the original's, wrote Keras' metadata into the graph's file instead.
from tensorflow.core.protobuf import saved_model_pb2
from tf_keras.protobuf import saved_metadata_pb2


def as_of_tensorflow_2_3(folder):
    with open(os.path.join(folder, "saved_model.pb"), "rb") as file:
        saved = saved_model_pb2.SavedModel.FromString(file.read())
    with open(os.path.join(folder, "keras_metadata.pb"), "rb") as file:
        metadata = saved_metadata_pb2.SavedMetadata.FromString(file.read())
    nodes = saved.meta_graphs[0].object_graph_def.nodes
    for node in metadata.nodes:
        nodes[node.node_id].user_object.metadata = node.metadata
    with open(os.path.join(folder, "saved_model.pb"), "wb") as file:
        file.write(saved.SerializeToString())
    os.remove(os.path.join(folder, "keras_metadata.pb"))
    os.remove(os.path.join(folder, "fingerprint.pb"))


for form, names in [("keras2", [*NAMES, "FULL_MODEL"]), ("kafka-ml", ["EDGE"])]:
    for name in names:
        shutil.copytree(at(form, name), at(f"{form}-2.3", name))
        as_of_tensorflow_2_3(at(f"{form}-2.3", name))

spec = importlib.util.spec_from_file_location("to_tfjs", sys.argv[2])
to_tfjs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(to_tfjs)


class Anything(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


# tensorflowjs imports them and needs none of them here.
for name in ["tensorflow_decision_forests", "tensorflow_hub", "jax", "jax.experimental"]:
    sys.modules[name] = Anything(name)
sys.modules["jax.experimental.jax2tf"] = Anything("jax.experimental.jax2tf")
from tensorflowjs.converters import convert_tf_saved_model

# By our script, and by the converter alone, which loses the order of Keras 2 networks.
for form, names in [("keras3", [*NAMES, "FULL_MODEL"]), ("keras2-2.3", ["FULL_MODEL"])]:
    for name in names:
        to_tfjs.convert(at(form, name), at(f"{form}-graph", name))
for form, name in [("keras2", "FOG"), ("keras2", "FULL_MODEL")]:
    convert_tf_saved_model(at(form, name), at(f"{form}-converted", name))


# What is odd about a model, one thing each, on the edge's weights.
edge = old[0]


def save_function(name, function, signature, key="serving_default"):
    module = tf.Module()
    module.model = edge
    module.call = tf.function(function, input_signature=signature)
    tf.saved_model.save(module, at("odd", name), signatures={key: module.call})


def floats(*shape):
    return [tf.TensorSpec(shape, tf.float32, name="image")]


def pair(x):
    features, logits = edge(x, training=False)
    return {"output_0": features, "output_1": logits}


def looped(x):
    # Two turns that change nothing, of which the graph does not know beforehand.
    turns = tf.cast(tf.reduce_min(x) * 0, tf.int32)
    _, x = tf.while_loop(lambda i, _: i < 2 + turns, lambda i, v: (i + 1, v * 1.0), [tf.constant(0), x])
    return pair(x)


def einsum(x):
    # An operation that tfjs has, yet not on WebAssembly; keras.layers.EinsumDense is made of it.
    features, logits = edge(x, training=False)
    return {"output_0": features, "output_1": tf.einsum("bi,ij->bj", logits, tf.constant(np.eye(len(LABELS), dtype=np.float32)))}


save_function("batch-1", pair, floats(1, SIDE, SIDE, 3))
save_function("batch-4", pair, floats(4, SIDE, SIDE, 3))
save_function("open-size", pair, floats(None, None, None, 3))
save_function("uint8", lambda x: pair(tf.cast(x, tf.float32)), [tf.TensorSpec((None, SIDE, SIDE, 3), tf.uint8, name="image")])
save_function("half", lambda x: pair(tf.cast(x, tf.float32)), [tf.TensorSpec((None, SIDE, SIDE, 3), tf.float16, name="image")])
save_function("named", lambda x: dict(zip(["z_features", "b_exit", "a_exit"], [*edge(x, training=False), edge(x)[1]])), floats(None, SIDE, SIDE, 3))
save_function("only-signature", pair, floats(None, SIDE, SIDE, 3), "classify")
silent = tf.Module()
silent.model = edge
tf.saved_model.save(silent, at("odd", "no-signature"), signatures={})
save_function("classes", lambda x: {"output_0": edge(x)[0], "output_1": tf.argmax(edge(x)[1], axis=1, output_type=tf.int32)}, floats(None, SIDE, SIDE, 3))
save_function("two-inputs", lambda a, b: pair(a + b), [tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32, name=n) for n in "ab"])
save_function("loop", looped, floats(None, SIDE, SIDE, 3))
save_function("einsum", einsum, floats(None, SIDE, SIDE, 3))
for name in ["batch-4", "loop", "uint8", "einsum"]:
    convert_tf_saved_model(at("odd", name), at("odd-graph", name))

digits = rng.uniform(0, 1, (8, 14, 14, 1)).astype(np.float32)
answers = {
    "pixels": {"inputs": x0.reshape(SAMPLES, -1).tolist(), "stages": answer(new, x0)},
    "scaled": {"inputs": [], "stages": answer(new, x0 / np.float32(255))},
    "kafka-ml": {"inputs": digits.reshape(8, -1).tolist(), "stages": answer(mnist, digits)},
}
with open(at("answers.json"), "w") as file:
    json.dump(answers, file)
