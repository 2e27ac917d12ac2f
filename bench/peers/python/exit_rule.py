"""When a sample leaves, by the exits of a ddnn.json: the rule of src/domain/exit.ts, for a batch at once."""
import numpy


def predictions(values, exits, is_last):
    """For each row the class at the first exit that is sure enough, or None; the last submodel always answers.

    `values` has an array [batch, classes] an exit, `exits` the manifest's entry of each.
    """
    answers = [None] * len(values[0])
    for exit, of_exit in zip(exits, values):
        leaves = numpy.ones(len(of_exit), bool)
        if not is_last:
            leaves = confidence(of_exit, exit) >= exit["threshold"]
        for row, prediction in enumerate(numpy.argmax(of_exit, axis=1)):
            if leaves[row] and answers[row] is None:
                answers[row] = int(prediction)
    return answers


def confidence(values, exit):
    """One number a row: docs/calibration.md says what each criterion is. Values are [batch, classes]."""
    criterion = exit.get("criterion", "softmax")
    if criterion == "raw":
        return values.max(axis=1)
    values = values.astype(numpy.float64)
    if exit["gives"] == "probabilities":
        values = numpy.log(numpy.maximum(values, 1e-12))
    values = values / exit.get("temperature", 1)
    p = numpy.exp(values - values.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    if criterion == "softmax":
        return p.max(axis=1)
    if criterion == "margin":
        second, first = numpy.sort(p, axis=1)[:, -2:].T
        return first - second
    if criterion == "entropy":
        logs = numpy.log(p, out=numpy.zeros_like(p), where=p > 0)
        return 1 + (p * logs).sum(axis=1) / numpy.log(p.shape[1])
    raise SystemExit(f"Expected a criterion softmax, margin, entropy or raw, got '{criterion}'")
