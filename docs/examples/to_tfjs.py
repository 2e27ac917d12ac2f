"""Converts networks of Keras and TensorFlow to tfjs graph models, which run wherever Node does.

    pip install tensorflow==2.21.0 keras==3.15.1
    python to_tfjs.py edge.keras EDGE-tfjs

Takes a .keras or .h5 file, or a SavedModel folder. A SavedModel that Keras 2 saved wants
`pip install tf-keras==2.21.0` as well. Nothing else is needed: the format is a graph as JSON beside the values of its constants. The graph is
TensorFlow's own after its variables are frozen and Grappler has folded constants and batch normalisation into
it. Outputs are in the order of the network.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from google.protobuf.json_format import MessageToDict  # noqa: E402
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2  # noqa: E402
from tensorflow.python.framework import convert_to_constants  # noqa: E402
from tensorflow.python.grappler import tf_optimizer  # noqa: E402
from tensorflow.python.training.saver import export_meta_graph  # noqa: E402

# How tfjs calls the types that it has, and as what values are stored.
DTYPES = {"float32": "float32", "int32": "int32", "int64": "int32", "bool": "bool"}
DATA_TYPES = {"float32": "float", "float64": "double", "float16": "half"}
DTYPES.update({name: "float32" for name in ["float16", "bfloat16", "float64"]})


def convert(source, target):
    """Writes `target`/model.json and `target`/weights.bin of the network in `source`."""
    with tempfile.TemporaryDirectory() as folder:
        # The variables live as long as what was loaded.
        loaded = load(source, os.path.join(folder, "exported"))
        function = serving_function(loaded, source)
        frozen = convert_to_constants.convert_variables_to_constants_v2(function)
        graph = optimize(frozen)
        nodes, weights, data = split(graph)
        inputs = {tensor.name: tensor for tensor in frozen.inputs if tensor.dtype != tf.resource}
        # TensorFlow gives the tensors of a map sorted by their names.
        outputs = dict(zip(sorted(function.structured_outputs), frozen.outputs))
        model = {
            "format": "graph-model",
            "generatedBy": tf.__version__,
            "convertedBy": "ddnn to_tfjs.py",
            "signature": {
                "inputs": {name.split(":")[0]: info(t) for name, t in inputs.items()},
                "outputs": {name: info(t) for name, t in outputs.items()},
            },
            "modelTopology": {"node": nodes, "versions": {"producer": graph.versions.producer}},
            "weightsManifest": [{"paths": ["weights.bin"], "weights": weights}],
        }
    target = pathlib.Path(target)
    target.mkdir(parents=True, exist_ok=True)
    (target / "weights.bin").write_bytes(b"".join(data))
    (target / "model.json").write_text(json.dumps(model))


def load(source, exported):
    """The SavedModel, exported anew where Keras has to read it first."""
    if os.path.isfile(source):
        import keras

        model = in_inference(keras.models.load_model(source, compile=False))
        model.export(exported, verbose=False)
        source = exported
    elif is_keras_2(source):
        # Its outputs are a map sorted by the alphabet; export numbers them: output_0, output_1...
        import tf_keras

        tf_keras.models.load_model(source, compile=False).export(exported)
        source = exported
    return tf.saved_model.load(source)


def in_inference(model):
    """The same network said to be out of training: export() by itself leaves RandomFlip and its like drawing."""
    import keras

    return keras.Model(model.inputs, model(*model.inputs, training=False))


def serving_function(loaded, source):
    signatures = loaded.signatures
    if len(signatures) == 0:
        sys.exit(f"Expected a signature in '{source}', got none: write it with model.export(FOLDER)")
    return signatures.get("serving_default") or list(signatures.values())[0]


def is_keras_2(source):
    """Whether Keras 2 saved it: in a file of its own, or as TensorFlow 2.0 to 2.4 did in the graph's."""
    if os.path.exists(os.path.join(source, "keras_metadata.pb")):
        return True
    with open(os.path.join(source, "saved_model.pb"), "rb") as file:
        return b"_tf_keras_" in file.read()


def optimize(frozen):
    """Constants folded, training-only operations gone, batch normalisation as multiplication and sum."""
    graph = frozen.graph
    meta = export_meta_graph(graph_def=graph.as_graph_def(), graph=graph)
    fetch = meta_graph_pb2.CollectionDef()
    fetch.node_list.value.extend(
        [tensor.name.split(":")[0] for tensor in [*frozen.inputs, *frozen.outputs]]
    )
    meta.collection_def["train_op"].CopyFrom(fetch)
    config = config_pb2.ConfigProto()
    rewrite = config.graph_options.rewrite_options
    rewrite.meta_optimizer_iterations = 1
    rewrite.optimizers.extend(["debug_stripper", "pruning", "constfold", "arithmetic", "dependency", "pruning", "constfold"])
    return spell_out(tf_optimizer.OptimizeGraph(config, meta))


def spell_out(graph):
    """Operations that tfjs lacks as those that it has: erfc(x) is 1 - erf(x), softsign(x) is x / (1 + |x|)."""
    for node in [node for node in graph.node if node.op in ("Erfc", "Softsign")]:
        x = node.input[0]
        one = graph.node.add(name=f"{node.name}/one", op="Const")
        value = tf.make_tensor_proto(1, dtype=node.attr["T"].type)
        one.attr["value"].tensor.CopyFrom(value)
        one.attr["dtype"].type = node.attr["T"].type

        def add(op, *inputs):
            added = graph.node.add(name=f"{node.name}/{op}", op=op, input=inputs)
            added.attr["T"].CopyFrom(node.attr["T"])
            return added.name

        if node.op == "Erfc":
            terms = [one.name, add("Erf", x)]
            node.op = "Sub"
        else:
            terms = [x, add("AddV2", add("Abs", x), one.name)]
            node.op = "RealDiv"
        node.input[:] = terms
    return graph


def split(graph):
    """The nodes as JSON, constants without their values; what those are; their bytes."""
    nodes, weights, data = [], [], []
    if graph.library.function:
        names = ", ".join(function.signature.name for function in graph.library.function)
        sys.exit(f"Expected a graph of plain operations, got functions within it: {names}")
    for node in graph.node:
        if node.op == "Const":
            weights.append(constant(node, data))
            del node.attr["value"]
        for key in [key for key in node.attr if key.startswith("_")]:
            del node.attr[key]
        nodes.append(MessageToDict(node))
    return nodes, weights, data


def constant(node, data):
    values = tf.make_ndarray(node.attr["value"].tensor)
    dtype = DTYPES.get(values.dtype.name)
    if dtype is None:
        sys.exit(f"Expected constants of numbers, got {values.dtype.name} in '{node.name}'")
    stored = np.asarray(values, order="C").astype(dtype)
    node.attr["dtype"].type = tf.as_dtype(dtype).as_datatype_enum
    data.append(stored.tobytes())
    return {"name": node.name, "shape": list(values.shape), "dtype": dtype}


def info(tensor):
    shape = [{"size": str(-1 if axis is None else axis)} for axis in tensor.shape]
    return {
        "name": tensor.name,
        "dtype": f"DT_{DATA_TYPES.get(tensor.dtype.name, tensor.dtype.name).upper()}",
        "tensorShape": {"dim": shape},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", help=".keras or .h5 file, or SavedModel folder")
    parser.add_argument("target", help="new folder")
    arguments = parser.parse_args()
    convert(arguments.source, arguments.target)
