"""Runs an exported family with onnxruntime alone: each exit in order, until one is sure enough.

    pip install onnxruntime pillow
    python cascade_onnx.py exported/edge exported/fog exported/cloud -- IMAGE...

One line an image: the file, the submodel that answered, the label. It decides as ddnn does with the
thresholds of the manifests (docs/calibration.md), for images in nhwc or nchw.
"""

import json
import os
import sys

import numpy
import onnxruntime
from PIL import Image


class Submodel:
    def __init__(self, folder):
        with open(os.path.join(folder, "ddnn.json"), encoding="utf-8") as file:
            self.manifest = json.load(file)
        path = os.path.join(folder, "model.onnx")
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        meta = self.session.get_modelmeta().custom_metadata_map
        self.is_channels_first = meta["layout"] == "nchw"
        self.names = [output.name for output in self.session.get_outputs()]

    def run(self, tensor):
        """Features for the next submodel (None behind the last), and the values of each exit."""
        outputs = self.session.run(None, {"input": tensor})
        by_name = dict(zip(self.names, outputs))
        return by_name.pop("features", None), [values[0] for values in by_name.values()]


def read_image(file, submodel):
    """float32 [1, height, width, 3], or [1, 3, height, width]; pixels as ddnn picks them."""
    how = submodel.manifest["preprocessing"]
    size = (how["width"], how["height"])
    pixels = Image.open(file).convert("RGB").resize(size, Image.Resampling.NEAREST)
    tensor = numpy.asarray(pixels, numpy.float32)[None] * numpy.float32(how["scale"])
    return tensor.transpose(0, 3, 1, 2) if submodel.is_channels_first else tensor


def confidence(values, exit):
    """How sure an exit is, by the criterion that its threshold was chosen for."""
    criterion = exit.get("criterion", "softmax")
    if criterion == "raw":
        return values.max()
    values = values.astype(numpy.float64)
    if exit["gives"] == "probabilities":
        values = numpy.log(numpy.maximum(values, 1e-12))
    powers = numpy.exp((values - values.max()) / exit.get("temperature", 1))
    shares = powers / powers.sum()
    if criterion == "margin":
        second, first = numpy.sort(shares)[-2:]
        return first - second
    if criterion == "entropy":
        logs = numpy.log(shares, out=numpy.zeros_like(shares), where=shares > 0)
        return 1 + (shares * logs).sum() / numpy.log(len(shares))
    return shares.max()


def answer(submodels, tensor):
    """The submodel that answers, and its values."""
    for submodel in submodels:
        tensor, exits = submodel.run(tensor)
        for values, exit in zip(exits, submodel.manifest["exits"]):
            is_last = submodel is submodels[-1] and exit is submodel.manifest["exits"][-1]
            if is_last or confidence(values, exit) >= exit.get("threshold", 0.8):
                return submodel, values


def main(arguments):
    split = arguments.index("--")
    submodels = [Submodel(folder) for folder in arguments[:split]]
    for file in arguments[split + 1 :]:
        submodel, values = answer(submodels, read_image(file, submodels[0]))
        label = submodel.manifest["labels"][int(values.argmax())]
        print(file, submodel.manifest["name"], label, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
