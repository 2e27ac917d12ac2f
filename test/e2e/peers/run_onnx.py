"""An exported family as a user of Python runs it: onnx checks the files, onnxruntime runs them.

Usage: run_onnx.py IMAGES OUTPUT MODEL.onnx...

IMAGES is float32 [count, ...shape of the first model's input]. Each model is given the features of the one
before. OUTPUT/STAGE-NAME.bin gets each output as float32; standard output says what the files say of
themselves, as JSON.
"""
import json
import os
import sys

import numpy
import onnx
import onnxruntime

BATCH = 50


def main(images, output, files):
    facts = []
    tensor = None
    for stage, file in enumerate(files):
        model = onnx.load(file)
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        (given,) = session.get_inputs()
        if tensor is None:
            tensor = numpy.fromfile(images, "<f4").reshape(-1, *given.shape[1:])
        names = [each.name for each in session.get_outputs()]
        parts = []
        for start in range(0, len(tensor), BATCH):
            parts.append(session.run(None, {given.name: tensor[start : start + BATCH]}))
        results = [numpy.concatenate(part) for part in zip(*parts)]
        for name, result in zip(names, results):
            result.astype("<f4").tofile(os.path.join(output, f"{stage}-{name}.bin"))
        facts.append(
            {
                "input": {"name": given.name, "shape": given.shape},
                "outputs": [{"name": o.name, "shape": o.shape} for o in session.get_outputs()],
                "operations": sorted({node.op_type for node in model.graph.node}),
                "producer": [model.producer_name, model.producer_version],
                "metadata": {each.key: each.value for each in model.metadata_props},
            }
        )
        if "features" in names:
            tensor = results[names.index("features")]
    json.dump(facts, sys.stdout)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
