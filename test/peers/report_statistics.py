"""Writes CSVs of two runs as the Python original does, and what NumPy, SciPy and statsmodels make of the same numbers.

Usage: report_statistics.py FOLDER
FOLDER/original.csv has a one-hot element for its label; FOLDER/first.csv and second.csv the index. One line of JSON
with the figures goes to standard output.
"""

import json
import sys

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

HEADER = (
    "Test;Expected_result;Prediction_Time;Edge_Prediction;Edge_Computation_Time;Edge_Prediction_Time;"
    "Fog_Prediction;Fog_Computation_Time;Fog_Prediction_Time;"
    "Cloud_Prediction;Cloud_Computation_Time;Cloud_Prediction_Time"
)
IMAGES, CLASSES = 600, 4
random = np.random.default_rng(20261129)
labels = np.sort(random.integers(0, CLASSES, IMAGES))
one_hot = np.eye(CLASSES, dtype="float32")[labels]


def run(right, early):
    """Predictions, depths and times of a made-up run."""
    is_right = random.random(IMAGES) < right
    predictions = np.where(is_right, labels, random.integers(0, CLASSES, IMAGES))
    depths = np.where(random.random(IMAGES) < early, 0, random.integers(1, 3, IMAGES))
    return predictions, depths, random.lognormal(-4 + depths * 0.7, 0.4)


def write(path, expected, made):
    """As output_results.py: nothing quoted, numbers with all their digits, raw input where a tier did not exit."""
    with open(path, "w") as file:
        file.write(HEADER + "\n")
        for i, (prediction, depth, time) in enumerate(zip(*made)):
            hops = []
            for hop in range(3):
                if hop > depth:
                    hops += ["", "", ""]
                else:
                    result = prediction if hop == depth else random.integers(0, 97200)
                    hops += [result, random.random() / 50, random.random() / 10]
            file.write(("{};" * 11 + "{}").format(i, expected[i], time, *hops) + "\n")


def percentiles(times, percents=(50, 90, 95, 99)):
    return [float(np.percentile(times, p, method="inverted_cdf")) * 1000 for p in percents]


def shares(count, of):
    return [float(end) for end in proportion_confint(count, of, method="wilson")]


def compare(first, second):
    """Differences of the second less the first, of the same images."""
    a, b = first[0] == labels, second[0] == labels
    table = [[np.sum(a & b), np.sum(a & ~b)], [np.sum(~a & b), np.sum(~a & ~b)]]

    def difference(x, y, axis=-1):
        q = lambda t: np.percentile(t, 90, axis=axis, method="inverted_cdf")
        return q(y) - q(x)

    drawn = stats.bootstrap(
        (first[2], second[2]), difference, paired=True, vectorized=True, method="percentile",
        n_resamples=2000, rng=random,
    ).confidence_interval
    newcombe = confint_proportions_2indep(b.sum(), IMAGES, a.sum(), IMAGES, method="newcomb")
    return {
        "p": float(mcnemar(table, exact=True).pvalue),
        "onlyFirst": int(table[0][1]),
        "onlySecond": int(table[1][0]),
        "newcombe": [float(end) for end in newcombe],
        "p90": [float(drawn.low) * 1000, float(drawn.high) * 1000],
    }


folder = sys.argv[1]
first, second = run(0.7, 0.6), run(0.78, 0.3)
write(f"{folder}/original.csv", [row[0] for row in one_hot], first)
write(f"{folder}/first.csv", labels, first)
write(f"{folder}/second.csv", labels, second)
print(
    json.dumps(
        {
            "labels": labels.tolist(),
            "right": [int(np.sum(made[0] == labels)) for made in (first, second)],
            "wilson": [shares(np.sum(made[0] == labels), IMAGES) for made in (first, second)],
            "exits": np.bincount(first[1], minlength=3).tolist(),
            "percentiles": [percentiles(made[2]) for made in (first, second)],
            "longest": float(first[2].max()) * 1000,
            "compared": compare(first, second),
        }
    )
)
