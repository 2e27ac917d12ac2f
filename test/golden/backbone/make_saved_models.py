"""Writes the SavedModels of test/model/backbone: run it with the Python of scripts/python-env.mjs
(tensorflow-cpu==2.20.0), `python make_saved_models.py`, in this folder. Beside each is what Keras answers.

exported: Keras 3, model.export(): a way around, batch normalisation, a depthwise convolution, a gate.
module: tf.Module and tf.saved_model.save(), functions that call functions, variables of one name, operations
that tfjs has not.
grouped: convolutions of groups of channels, one of them of each channel alone; a label beside the scores.
random, loop, file: what cannot become a plain graph, and what takes no pixels.
"""
import json, os, shutil
import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import tensorflow as tf
from tensorflow import keras
from keras import layers

HERE = os.path.dirname(os.path.abspath(__file__))


def image(shape, k):
    count = int(np.prod(shape))
    return np.array([((i * 7919 + k * 104729) % 997) / 997 for i in range(count)], np.float32).reshape(shape)


def write_answers(folder, shape, run):
    answers = [np.asarray(run(image(shape, k)[None]))[0].tolist() for k in range(2)]
    with open(os.path.join(folder, "answers.json"), "w") as file:
        json.dump({"shape": list(shape), "logits": answers}, file)
        file.write("\n")


def fresh(name):
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def tidy(folder):
    for name in ("fingerprint.pb", "assets"):
        path = os.path.join(folder, name)
        shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.path.exists(path) and os.remove(path)


def exported():
    keras.utils.set_random_seed(14)
    x = inputs = layers.Input((24, 24, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    x = layers.ReLU(6, name="stem_relu")(layers.BatchNormalization(name="stem_bn")(x))
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    y = layers.Activation("swish", name="swish")(y)
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(y)
    gate = layers.Conv2D(4, 1, activation="sigmoid", name="gate")(gate)
    y = layers.Conv2D(4, 1, use_bias=False, name="pointwise")(layers.Multiply(name="gated")([y, gate]))
    x = layers.MaxPooling2D(name="pool")(layers.ReLU(name="relu")(layers.Add(name="sum")([x, y])))
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D(name="average")(x))
    outputs = layers.Dense(5, activation="softmax", name="classes")(x)
    model = keras.Model(inputs, outputs, name="exported")
    for variable in model.variables:
        if variable.name in ("moving_mean", "moving_variance", "gamma", "beta"):
            variable.assign(variable + np.random.RandomState(len(variable.path)).uniform(-0.3, 0.3, variable.shape))
    folder = fresh("exported")
    model.export(folder, verbose=False)
    tidy(folder)
    write_answers(folder, (24, 24, 3), lambda x: model(x, training=False))


class Module(tf.Module):
    def __init__(self):
        super().__init__()
        random = np.random.RandomState(14)
        weight = lambda *shape: random.uniform(-0.5, 0.5, shape).astype(np.float32)
        self.first = tf.Variable(weight(3, 3, 3, 4), name="kernel")
        self.second = tf.Variable(weight(3, 3, 4, 6), name="kernel")
        self.dense = tf.Variable(weight(6, 4), name="kernel")
        self.bias = tf.Variable(weight(4), name="bias")

    @tf.function
    def block(self, x, kernel):
        return tf.nn.relu(tf.nn.conv2d(x, kernel, strides=2, padding="SAME"))

    @tf.function(input_signature=[tf.TensorSpec([None, 16, 16, 3], tf.float32, name="x")])
    def __call__(self, x):
        x = self.block(self.block(x, self.first), self.second)
        left, right = tf.split(x, 2, axis=3)
        x = tf.concat([tf.nn.softsign(right), left * tf.math.erfc(-left)], axis=3)
        return tf.matmul(tf.reduce_mean(x, [1, 2]), self.dense) + self.bias


def module():
    folder = fresh("module")
    net = Module()
    tf.saved_model.save(net, folder, signatures=net.__call__)
    tidy(folder)
    write_answers(folder, (16, 16, 3), net)


class Grouped(tf.Module):
    def __init__(self):
        super().__init__()
        random = np.random.RandomState(14)
        self.kernels = [
            tf.Variable(random.uniform(-0.5, 0.5, shape).astype(np.float32))
            for shape in [(3, 3, 3, 8), (3, 3, 2, 8), (3, 3, 1, 16), (16, 4)]
        ]

    # Without XLA TensorFlow has no such convolutions on a CPU.
    @tf.function(jit_compile=True)
    def features(self, x):
        stem, groups, alone, _ = self.kernels
        x = tf.nn.relu(tf.nn.conv2d(x, stem, strides=2, padding="SAME"))
        x = tf.nn.relu(tf.nn.conv2d(x, groups, strides=1, padding="SAME"))
        return tf.nn.relu(tf.nn.conv2d(x, alone, strides=2, padding="SAME"))

    @tf.function(input_signature=[tf.TensorSpec([None, 16, 16, 3], tf.float32, name="x")])
    def __call__(self, x):
        scores = tf.nn.softmax(tf.matmul(tf.reduce_mean(self.features(x), [1, 2]), self.kernels[-1]))
        return {"scores": scores, "label": tf.argmax(scores, 1)}


def grouped():
    folder = fresh("grouped")
    net = Grouped()
    tf.saved_model.save(net, folder, signatures=net.__call__)
    tidy(folder)
    write_answers(folder, (16, 16, 3), lambda x: net(x)["scores"])


class Refused(tf.Module):
    def __init__(self, change):
        super().__init__()
        self.change = change

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3], tf.float32, name="x")])
    def __call__(self, x):
        return tf.reduce_mean(self.change(x), [1, 2])


def repeated(x):
    for _ in tf.range(3):
        x = x * 0.5
    return x


def refused():
    for name, change in {"random": lambda x: x * tf.random.uniform([]), "loop": repeated}.items():
        folder = fresh(name)
        net = Refused(change)
        tf.saved_model.save(net, folder, signatures=net.__call__)
        tidy(folder)
        shutil.rmtree(os.path.join(folder, "variables"))


def takes_files():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="bytes")])
    def run(texts):
        decode = lambda text: tf.image.convert_image_dtype(tf.io.decode_jpeg(text, 3), tf.float32)
        return tf.reduce_mean(tf.map_fn(decode, texts, fn_output_signature=tf.float32), [1, 2])

    folder = fresh("file")
    net = tf.Module()
    net.run = run
    tf.saved_model.save(net, folder, signatures=run)
    tidy(folder)
    shutil.rmtree(os.path.join(folder, "variables"))


exported()
module()
grouped()
takes_files()
refused()
