"""Writes ONNX files as users have them and as they should not be, and answers.json: what ONNX's reference
implementation, which is plain numpy, gives for them.

    python make_models.py FOLDER

A folder a model; every whole one computes features [batch, 4, side, side] and an exit [batch, 5] of images.
"""
import json
import os
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

target = pathlib.Path(sys.argv[1])
SIZE = 16
SAMPLES = 3
answers = {}
rng = np.random.default_rng(11)
weights = {
    "kernel": rng.normal(size=(4, 3, 3, 3)) * 0.3,
    "bias": rng.normal(size=4) * 0.1,
    "dense": rng.normal(size=(4, 5)),
    "offset": rng.normal(size=5),
}
grey = {**weights, "kernel": weights["kernel"][:, :1]}
images = np.round(rng.uniform(size=(SAMPLES, SIZE, SIZE, 3)), 3).astype(np.float32)
pixels = rng.integers(0, 256, size=(SAMPLES, SIZE, SIZE, 3)).astype(np.float32)


def network(
    batch="batch",
    dtype=T.FLOAT,
    input_dtype=None,
    last=False,
    side=SIZE,
    opset=17,
    ir=8,
    given=weights,
    operation="Conv",
    extra=(),
    domain="",
):
    """Convolution, ReLU, mean, dense layer: images in, features and logits out."""
    input_dtype = input_dtype or dtype
    channels = given["kernel"].shape[1]
    kind = helper.tensor_dtype_to_np_dtype(dtype)
    nodes, taken = [], "images"
    if input_dtype != dtype:
        nodes.append(helper.make_node("Cast", [taken], ["floats"], to=dtype))
        taken = "floats"
    if last:
        nodes.append(helper.make_node("Transpose", [taken], ["turned"], perm=[0, 3, 1, 2]))
        taken = "turned"
    nodes += [
        helper.make_node(
            operation,
            [taken, "kernel", "bias"],
            ["convolved"],
            domain=domain,
            **({"pads": [1, 1, 1, 1], "strides": [2, 2]} if operation == "Conv" else {}),
        ),
        helper.make_node("Relu", ["convolved"], ["features"]),
        helper.make_node("GlobalAveragePool", ["features"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense", "offset"], ["exit"]),
        *extra,
    ]
    shape = [side, side, channels] if last else [channels, side, side]
    half = (side + 1) // 2 if isinstance(side, int) else "half"
    outputs = [
        helper.make_tensor_value_info("features", dtype, [batch, 4, half, half]),
        helper.make_tensor_value_info("exit", dtype, [batch, 5]),
    ]
    for node in extra:
        outputs.append(helper.make_tensor_value_info(node.output[0], T.INT64, [batch]))
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("images", input_dtype, [batch, *shape])],
        outputs,
        [numpy_helper.from_array(value.astype(kind), name) for name, value in given.items()],
    )
    imports = [helper.make_opsetid("", opset)]
    if domain:
        imports.append(helper.make_opsetid(domain, 1))
    return helper.make_model(graph, opset_imports=imports, ir_version=ir)


def write(name, model, file="model.onnx"):
    folder = target / name
    folder.mkdir(parents=True)
    (folder / file).write_bytes(model if isinstance(model, bytes) else model.SerializeToString())


def answer(name, model, inputs):
    """The reference's outputs, each sample alone where the model fixes the batch at one."""
    write(name, model)
    run = ReferenceEvaluator(model).run
    given = [run(["features", "exit"], {"images": sample[None]}) for sample in inputs]
    answers[name] = {
        what: [np.asarray(outputs[i], np.float32).ravel().tolist() for outputs in given]
        for i, what in enumerate(("features", "exit"))
    }


def first(samples):
    return np.ascontiguousarray(samples.transpose(0, 3, 1, 2))


answer("channels-first", network(), first(images))
answer("channels-last", network(last=True), images)
answer("grey", network(given=grey), first(images[..., :1]))
answer("batch-1", network(batch=1), first(images))
answer("open-size", network(side="side"), first(images))
answer("float16", network(dtype=T.FLOAT16), first(images).astype(np.float16))
ends = network(input_dtype=T.DOUBLE)
ends.graph.node[-1].output[0] = "logits"
ends.graph.node.append(helper.make_node("Cast", ["logits"], ["exit"], to=T.DOUBLE))
ends.graph.output[1].type.tensor_type.elem_type = T.DOUBLE
answer("float64-ends", ends, first(images).astype(np.float64))
answer("uint8", network(input_dtype=T.UINT8), first(pixels).astype(np.uint8))
answer("int64", network(input_dtype=T.INT64, last=True), pixels.astype(np.int64))
answer("several-outputs", network(extra=[helper.make_node("ArgMax", ["exit"], ["class"], axis=1, keepdims=0)]), first(images))

# Padded: the reference runs four samples, the model takes no other number.
fixed = network(batch=4)
write("batch-4", fixed)
padded = np.concatenate([first(images), np.zeros_like(first(images))[:1]])
given = ReferenceEvaluator(fixed).run(["features", "exit"], {"images": padded})
answers["batch-4"] = {
    what: given[i][:SAMPLES].reshape(SAMPLES, -1).tolist() for i, what in enumerate(("features", "exit"))
}

# Weights beside the file.
answer("external", network(), first(images))
onnx.save_model(
    network(),
    str(target / "external" / "model.onnx"),
    save_as_external_data=True,
    location="model.onnx.data",
    size_threshold=0,
)
for name in ("external-gone", "external-cut"):
    (target / name).mkdir()
    for file in ("model.onnx", "model.onnx.data"):
        (target / name / file).write_bytes((target / "external" / file).read_bytes())
os.remove(target / "external-gone" / "model.onnx.data")
os.truncate(target / "external-cut" / "model.onnx.data", 20)

# What does not load.
whole = network().SerializeToString()
write("cut", whole[: len(whole) // 2])
write("text", b"a page that says 404\n")
write("empty", b"")
write("pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n")
write("opset", network(opset=99))
write("ir", network(ir=99))
write("operation", network(operation="Wavelet"))
write("domain", network(domain="com.example"))
two = network()
two.graph.input.append(helper.make_tensor_value_info("mask", T.FLOAT, ["batch"]))
write("two-inputs", two)
write("float64", network(dtype=T.DOUBLE))
odd = network()
odd.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.zeros((9, 3, 3, 3), np.float32), "kernel"))
write("odd-weights", odd)
rows = network()
rows.graph.node.append(helper.make_node("ReduceSum", ["exit"], ["sum"], keepdims=0))
del rows.graph.output[1]
rows.graph.output.append(helper.make_tensor_value_info("sum", T.FLOAT, []))
write("no-rows", rows)
maps = network()
maps.graph.node.append(
    helper.make_node("ZipMap", ["exit"], ["classes"], domain="ai.onnx.ml", classlabels_int64s=range(5))
)
maps.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
del maps.graph.output[1]
maps.graph.output.append(
    helper.make_value_info(
        "classes",
        helper.make_sequence_type_proto(
            helper.make_map_type_proto(T.INT64, helper.make_tensor_type_proto(T.FLOAT, []))
        ),
    )
)
write("maps", maps)
write("two-files", network(), "a.onnx")
(target / "two-files" / "b.onnx").write_bytes(whole)

(target / "inputs.json").write_text(
    json.dumps({"images": images.reshape(SAMPLES, -1).tolist(), "pixels": pixels.reshape(SAMPLES, -1).tolist()})
)
(target / "answers.json").write_text(json.dumps(answers))
