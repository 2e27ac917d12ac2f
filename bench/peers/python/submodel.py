"""A submodel of `ddnn export` on onnxruntime: what Ray Serve and the two-model cascade compute.

The folder has model.onnx (float32 NHWC in; features but for the last, and exit values out) and ddnn.json.
Images are uint8 [batch, height, width, 3], scaled here as ddnn scales them.
"""
import json
import pathlib

import numpy
import onnxruntime

from exit_rule import predictions


class Submodel:
    """One submodel, run on whole batches. With `never_leaves` only the last one answers."""

    def __init__(self, folder, never_leaves=False):
        folder = pathlib.Path(folder)
        manifest = json.loads((folder / "ddnn.json").read_text())
        options = onnxruntime.SessionOptions()
        # Processes, of which there are more than cores, are what runs side by side.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self.input_name = self.session.get_inputs()[0].name
        self.name = manifest["name"]
        self.shape = tuple(manifest["input"])
        self.has_features = manifest["features"] is not None
        self.exits = manifest["exits"]
        self.scale = numpy.float32(manifest["preprocessing"]["scale"])
        self.never_leaves = never_leaves
        # The first run allocates.
        self.run(numpy.zeros((1, *self.shape), numpy.float32))

    def run(self, rows):
        """Features float32 (None of the last submodel), and an answer a row: (exit, prediction) or None."""
        features, values = self.values(rows)
        if self.never_leaves and self.has_features:
            return features, [None] * len(rows)
        return features, [
            None if prediction is None else (self.name, prediction)
            for prediction in predictions(values, self.exits, is_last=not self.has_features)
        ]

    def values(self, rows):
        """Rows float32 [batch, ...self.shape], or uint8 where they are images. Features, and values an exit."""
        if rows.dtype == numpy.uint8:
            rows = rows * self.scale
        outputs = self.session.run(None, {self.input_name: rows})
        return (outputs[0], outputs[1:]) if self.has_features else (None, outputs)
