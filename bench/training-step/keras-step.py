"""One process of bench/training-step.mjs: the same network's training step in Keras, as a compiled function.

Prints one line of JSON: milliseconds of a step (median).
"""
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy  # noqa: E402
from keras import layers as L  # noqa: E402

batch_size, steps = int(sys.argv[1]), int(sys.argv[2])


def conv(x, filters, kernel=3, stride=1, pool=False, relu=True):
    x = L.Conv2D(filters, kernel, stride, padding="same", use_bias=False)(x)
    if pool:
        x = L.MaxPooling2D(2)(x)
    x = L.BatchNormalization(scale=False, momentum=0.8)(x)
    return L.ReLU()(x) if relu else x


def leave(x):
    pooled = L.Concatenate()([L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x)])
    return L.Dense(10)(pooled)


image = keras.Input((32, 32, 3))
x = L.Conv2D(24, 2, use_bias=False, trainable=False)(image)
x = L.ReLU()(L.BatchNormalization(scale=False, momentum=0.8)(x))
x = conv(conv(x, 52, pool=True), 96, pool=True)
cut = conv(x, 56, kernel=1, relu=False)
edge = leave(conv(conv(x, 112, stride=2), 160, stride=2))
x = conv(cut, 184)
y = conv(conv(x, 184), 184, relu=False)
x = L.ReLU()(L.Add()([x, y]))
fog = leave(x)
cloud = leave(conv(conv(conv(x, 184), 240, pool=True), 240))
model = keras.Model(image, [edge, fog, cloud])
loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
model.compile(
    keras.optimizers.AdamW(0.001, weight_decay=0.1, clipnorm=1),
    loss=[loss] * 3,
    loss_weights=[0.4, 0.5, 1],
)
images = numpy.random.default_rng(1).random((batch_size, 32, 32, 3), numpy.float32)
labels = numpy.eye(10, dtype=numpy.float32)[numpy.arange(batch_size) % 10]
times = []
for step in range(steps + 3):
    start = time.perf_counter()
    model.train_on_batch(images, [labels] * 3)
    if step > 2:
        times.append(1000 * (time.perf_counter() - start))
print(json.dumps({"batchSize": batch_size, "parts": {"step": sorted(times)[len(times) // 2]}}))
