"""test/e2e/peers/tier.py that leaves by the thresholds of its model's ddnn.json: the original compares raw logits
with one number, which lets images out elsewhere. Everything else is that file's, and so are the arguments.
"""
import json
import pathlib

import numpy

import tier
from exit_rule import predictions


class ManifestTier(tier.Tier):
    def __init__(self, args):
        super().__init__(args)
        (folder,) = args.models
        self.exits = json.loads((pathlib.Path(folder) / "ddnn.json").read_text())["exits"]

    def infer(self, request):
        """Gives (result, exit, features): one of result and features is None."""
        (model,) = self.models
        outputs = tier.as_list(model(numpy.asarray(request, numpy.float32), training=False))
        outputs = [output.numpy() for output in outputs]
        features, values = (outputs[0], outputs[1:]) if self.has_front else (None, outputs)
        if predictions(values, self.exits, is_last=not self.has_front)[0] is None:
            return None, None, features.tolist()
        return values[0][0].tolist(), 0, None


tier.Tier = ManifestTier
tier.main()
