"""Writes the ONNX networks of test/model/backbone: run it with a Python that has onnx and onnxruntime
(scripts/python-env.mjs), `python make_onnx.py`, in this folder. Beside each is what onnxruntime answers.

residual: channels first, blocks with and without a way around, as PyTorch exports them.
turned: channels last outside and first inside, depthwise convolutions, a gate (squeeze and excite), softmax.
fixed: a batch of one, weights that stand among the inputs, an old opset, Constant nodes.
tokens: patches, attention of one head, no convolution after the first.
classed: a token of its own before the patches, as large as the batch: its shape is computed, as exporters write it.
shuffled: blocks that are functions, halves whose channels are shuffled, axes that are all open, a label beside the
scores.
mixer: matrices over rows of tokens that are turned for it and back (MLP-Mixer), an average of rows that Sub takes off.
columns: convolutions whose channels are turned to the end for a norm and two matrices, and back (ConvNeXt).
"""
import json, os
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.RandomState(14)


class Network:
    def __init__(self):
        self.nodes, self.weights, self.count = [], [], 0

    def weight(self, *shape, scale=None):
        self.count += 1
        fan_in = max(1, int(np.prod(shape[1:])))
        scale = scale or np.sqrt(3.0 / fan_in)
        values = (random.uniform(-1, 1, shape) * scale).astype(np.float32)
        self.weights.append(numpy_helper.from_array(values, f"w{self.count}"))
        return f"w{self.count}"

    def constant(self, values, dtype=np.int64):
        self.count += 1
        self.weights.append(numpy_helper.from_array(np.array(values, dtype), f"c{self.count}"))
        return f"c{self.count}"

    def add(self, op, inputs, name, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"node_{name}", **attributes))
        return name

    def conv(self, x, cin, cout, name, kernel=3, stride=1, group=1, bias=True):
        weights = [self.weight(cout, cin // group, kernel, kernel)] + ([self.weight(cout, scale=0.1)] if bias else [])
        pad = kernel // 2
        return self.add("Conv", [x, *weights], name, kernel_shape=[kernel] * 2, pads=[pad] * 4, strides=[stride] * 2, group=group)

    def norm(self, x, channels, name):
        values = [np.ones(channels), np.zeros(channels), np.full(channels, 0.1), np.ones(channels)]
        names = []
        for value in values:
            self.count += 1
            value = value + random.uniform(-0.2, 0.2, channels)
            self.weights.append(numpy_helper.from_array(value.astype(np.float32), f"n{self.count}"))
            names.append(f"n{self.count}")
        return self.add("BatchNormalization", [x, *names], name)

    def save(self, name, input_axes, output_axes, output, opset=17, ir=8, old=False, shape=None, more=(), functions=(), domains=()):
        x = helper.make_tensor_value_info("image", TensorProto.FLOAT, input_axes)
        y = helper.make_tensor_value_info(output, TensorProto.FLOAT, output_axes)
        inputs = [x]
        if old:
            inputs += [helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in self.weights]
        graph = helper.make_graph(self.nodes, name, inputs, [*more, y], self.weights)
        opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=ir, functions=list(functions))
        onnx.checker.check_model(model)
        folder = os.path.join(HERE, name)
        os.makedirs(folder, exist_ok=True)
        onnx.save(model, os.path.join(folder, f"{name}.onnx"))
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        images = []
        for k in range(2):
            images.append(np.array([((i * 7919 + k * 104729) % 997) / 997 for i in range(int(np.prod(shape)))], np.float32).reshape(shape))
        answers = [session.run([output], {"image": image[None]})[0][0].tolist() for image in images]
        with open(os.path.join(folder, "answers.json"), "w") as file:
            json.dump({"shape": list(shape), "logits": answers}, file)
            file.write("\n")


def residual():
    n = Network()
    x = n.add("Relu", [n.norm(n.conv("image", 3, 4, "conv1", stride=2, bias=False), 4, "bn1")], "relu1")
    x = n.add("MaxPool", [x], "pool1", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for block, (cin, cout, stride) in enumerate([(4, 4, 1), (4, 8, 2), (8, 8, 1)], 1):
        y = n.add("Relu", [n.conv(x, cin, cout, f"b{block}_conv1", stride=stride)], f"b{block}_relu1")
        y = n.norm(n.conv(y, cout, cout, f"b{block}_conv2", bias=False), cout, f"b{block}_bn2")
        around = x if cin == cout else n.conv(x, cin, cout, f"b{block}_around", kernel=1, stride=stride)
        x = n.add("Relu", [n.add("Add", [y, around], f"b{block}_sum")], f"b{block}_out")
    x = n.add("Flatten", [n.add("GlobalAveragePool", [x], "average")], "flat", axis=1)
    n.add("Gemm", [x, n.weight(5, 8), n.weight(5, scale=0.1)], "logits", transB=1)
    n.save("residual", ["batch", 3, 32, 32], ["batch", 5], "logits", shape=(3, 32, 32))


def turned():
    n = Network()
    x = n.add("Transpose", ["image"], "to_first", perm=[0, 3, 1, 2])
    x = n.conv(x, 3, 6, "stem", stride=2)
    x = n.add("Mul", [x, n.add("Sigmoid", [x], "stem_sigmoid")], "stem_swish")
    x = n.conv(x, 6, 6, "depthwise", group=6, stride=2)
    gate = n.add("ReduceMean", [x], "squeeze", axes=[2, 3], keepdims=1)
    gate = n.add("Sigmoid", [n.conv(gate, 6, 6, "excite", kernel=1)], "gate")
    x = n.conv(n.add("Mul", [x, gate], "gated"), 6, 12, "pointwise", kernel=1)
    x = n.add("Transpose", [n.add("Clip", [x, n.constant(0, np.float32), n.constant(6, np.float32)], "relu6")], "to_last", perm=[0, 2, 3, 1])
    x = n.add("ReduceMean", [x], "average", axes=[1, 2], keepdims=0)
    x = n.add("Add", [n.add("MatMul", [x, n.weight(12, 4, scale=0.5)], "matmul"), n.weight(4, scale=0.1)], "sum")
    n.add("Softmax", [x], "probabilities", axis=-1)
    n.save("turned", [None, 24, 32, 3], [None, 4], "probabilities", opset=13, shape=(24, 32, 3))


def fixed():
    n = Network()
    x = n.add("Relu", [n.conv("image", 1, 4, "c1", stride=2)], "r1")
    left = n.conv(x, 4, 4, "left", kernel=1)
    right = n.conv(x, 4, 4, "right", kernel=3)
    x = n.add("Relu", [n.add("Concat", [left, right], "both", axis=1)], "r2")
    x = n.add("AveragePool", [x], "p2", kernel_shape=[2, 2], strides=[2, 2])
    shape = helper.make_tensor("value", TensorProto.INT64, [2], [1, 8 * 4 * 4])
    n.nodes.append(helper.make_node("Constant", [], ["shape"], name="node_shape", value=shape))
    x = n.add("Reshape", [x, "shape"], "flat")
    x = n.add("Relu", [n.add("Gemm", [x, n.weight(128, 8, scale=0.1), n.weight(8, scale=0.1)], "dense")], "r3")
    n.add("Gemm", [x, n.weight(8, 3, scale=0.5), n.weight(3, scale=0.1)], "scores")
    n.save("fixed", [1, 1, 16, 16], [1, 3], "scores", opset=9, ir=3, old=True, shape=(1, 16, 16))


def tokens():
    n = Network()
    x = n.add("Conv", ["image", n.weight(8, 3, 4, 4)], "patches", kernel_shape=[4, 4], strides=[4, 4])
    x = n.add("Reshape", [x, n.constant([0, 8, 16])], "rows")
    x = n.add("Transpose", [x], "tokens", perm=[0, 2, 1])
    x = n.add("Add", [x, n.weight(1, 16, 8, scale=0.1)], "placed")
    for block in (1, 2):
        q, k, v = (n.add("MatMul", [x, n.weight(8, 8)], f"{part}{block}") for part in "qkv")
        k = n.add("Transpose", [k], f"k{block}_turned", perm=[0, 2, 1])
        a = n.add("Softmax", [n.add("MatMul", [q, k], f"scores{block}")], f"attention{block}", axis=-1)
        x = n.add("Add", [x, n.add("MatMul", [a, v], f"mixed{block}")], f"block{block}")
    x = n.add("ReduceMean", [x], "pooled", axes=[1], keepdims=0)
    n.add("Gemm", [x, n.weight(4, 8), n.weight(4)], "logits", transB=1)
    n.save("tokens", ["n", 3, 16, 16], ["n", 4], "logits", shape=(3, 16, 16))


def classed():
    n = Network()
    x = n.add("Conv", ["image", n.weight(8, 3, 4, 4)], "patches", kernel_shape=[4, 4], strides=[4, 4])
    batch = n.add("Slice", [n.add("Shape", [x], "shape"), n.constant([0]), n.constant([1])], "batch")
    x = n.add("Reshape", [x, n.add("Concat", [batch, n.constant([8, 16])], "rows_shape", axis=0)], "rows")
    x = n.add("Transpose", [x], "tokens", perm=[0, 2, 1])
    own = n.add("Concat", [batch, n.constant([1, 8])], "class_shape", axis=0)
    x = n.add("Concat", [n.add("Expand", [n.weight(1, 1, 8), own], "class"), x], "all", axis=1)
    x = n.add("Add", [x, n.weight(1, 17, 8, scale=0.1)], "placed")
    y = n.add("LayerNormalization", [x, n.weight(8, scale=1), n.weight(8)], "normed", axis=-1)
    x = n.add("Add", [x, n.add("MatMul", [n.add("Relu", [n.add("MatMul", [y, n.weight(8, 16)], "wide")], "relu"), n.weight(16, 8)], "narrow")], "block")
    x = n.add("Gather", [x, n.constant(0)], "own", axis=1)
    n.add("Gemm", [x, n.weight(4, 8), n.weight(4)], "logits", transB=1)
    n.save("classed", ["n", 3, 16, 16], ["n", 4], "logits", shape=(3, 16, 16))


def shuffled():
    n = Network()
    stride = helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=[1] * 4)
    strides = helper.make_attribute_ref("strides", onnx.AttributeProto.INTS)
    strides.ref_attr_name = "stride"
    stride.attribute.append(strides)
    nodes = [stride, helper.make_node("Relu", ["y"], ["z"])]
    block = helper.make_function("made.here", "Block", ["x", "w", "b"], ["z"], nodes, [helper.make_opsetid("", 17)], ["stride"])
    x = n.add("Block", ["image", n.weight(8, 3, 3, 3), n.weight(8, scale=0.1)], "stem", domain="made.here", stride=[2, 2])
    for k in (1, 2):
        n.nodes.append(helper.make_node("Split", [x, n.constant([4, 4])], [f"left{k}", f"right{k}"], name=f"split{k}", axis=1))
        y = n.add("Block", [f"right{k}", n.weight(4, 4, 3, 3), n.weight(4, scale=0.1)], f"block{k}", domain="made.here", stride=[1, 1])
        x = n.add("Concat", [f"left{k}", y], f"both{k}", axis=1)
        x = n.add("Transpose", [n.add("Reshape", [x, n.constant([0, 2, 4, 8, 8])], f"halves{k}")], f"mixed{k}", perm=[0, 2, 1, 3, 4])
        x = n.add("Reshape", [x, n.constant([0, 8, 8, 8])], f"shuffled{k}")
    x = n.add("ReduceMean", [x], "average", axes=[-2, -1], keepdims=0)
    x = n.add("Gemm", [x, n.weight(4, 8), n.weight(4)], "logits", transB=1)
    n.add("ArgMax", [x], "label", axis=1, keepdims=0)
    n.add("Softmax", [x], "scores", axis=1)
    label = helper.make_tensor_value_info("label", TensorProto.INT64, ["n"])
    n.save("shuffled", ["n", "c", "h", "w"], ["n", 4], "scores", shape=(3, 16, 16), more=[label], functions=[block], domains=["made.here"])


def normed(n, x, channels, name, old):
    scale, bias = n.weight(channels, scale=1), n.weight(channels, scale=0.1)
    if not old:
        return n.add("LayerNormalization", [x, scale, bias], name, axis=-1, epsilon=1e-5)
    x = n.add("Sub", [x, n.add("ReduceMean", [x], f"{name}_mean", axes=[-1], keepdims=1)], f"{name}_centred")
    square = n.add("ReduceMean", [n.add("Mul", [x, x], f"{name}_square")], f"{name}_variance", axes=[-1], keepdims=1)
    spread = n.add("Sqrt", [n.add("Add", [square, n.constant(1e-5, np.float32)], f"{name}_kept")], f"{name}_spread")
    x = n.add("Mul", [n.add("Div", [x, spread], f"{name}_whole"), scale], f"{name}_scaled")
    return n.add("Add", [x, bias], name)


def two_matrices(n, x, size, wide, name):
    x = n.add("Add", [n.add("MatMul", [x, n.weight(size, wide, scale=0.5)], f"{name}_wide"), n.weight(wide, scale=0.1)], f"{name}_biased")
    return n.add("MatMul", [n.add("Relu", [x], f"{name}_relu"), n.weight(wide, size, scale=0.5)], f"{name}_narrow")


def mixer():
    n = Network()
    x = n.add("Conv", ["image", n.weight(8, 3, 4, 4)], "patches", kernel_shape=[4, 4], strides=[4, 4])
    x = n.add("Reshape", [x, n.constant([0, 8, 16])], "rows")
    x = n.add("Transpose", [x], "tokens", perm=[0, 2, 1])
    for block in (1, 2):
        y = n.add("Transpose", [normed(n, x, 8, f"norm{block}", block == 2)], f"turned{block}", perm=[0, 2, 1])
        y = two_matrices(n, y, 16, 12, f"rows{block}")
        x = n.add("Add", [x, n.add("Transpose", [y], f"back{block}", perm=[0, 2, 1])], f"mixed{block}")
        x = n.add("Add", [x, two_matrices(n, normed(n, x, 8, f"second{block}", block == 2), 8, 12, f"channels{block}")], f"block{block}")
    x = n.add("ReduceMean", [x], "pooled", axes=[1], keepdims=0)
    n.add("Gemm", [x, n.weight(4, 8), n.weight(4)], "logits", transB=1)
    n.save("mixer", ["n", 3, 16, 16], ["n", 4], "logits", shape=(3, 16, 16))


def columns():
    n = Network()
    x = n.add("Conv", ["image", n.weight(8, 3, 4, 4)], "patches", kernel_shape=[4, 4], strides=[4, 4])
    for block in (1, 2):
        y = n.conv(x, 8, 8, f"deep{block}", group=8)
        y = normed(n, n.add("Transpose", [y], f"turned{block}", perm=[0, 2, 3, 1]), 8, f"norm{block}", block == 2)
        y = n.add("Transpose", [two_matrices(n, y, 8, 12, f"matrices{block}")], f"back{block}", perm=[0, 3, 1, 2])
        x = n.add("Add", [x, y], f"block{block}")
    x = n.add("ReduceMean", [x], "average", axes=[-2, -1], keepdims=0)
    n.add("Gemm", [x, n.weight(4, 8), n.weight(4)], "logits", transB=1)
    n.save("columns", ["n", 3, 16, 16], ["n", 4], "logits", shape=(3, 16, 16))


for make in (residual, turned, fixed, tokens, classed, shuffled, mixer, columns):
    make()
