"""Writes golden.json: failure prediction by scikit-learn and NumPy, and a ridge regression by SciPy.

Run in this folder: python make.py, with numpy, scipy and scikit-learn. The file is committed;
test/lab/evaluation/failure-prediction.test.ts holds ddnn's own figures to it.
"""
import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax
from sklearn.metrics import log_loss, roc_auc_score

random = np.random.default_rng(20)


def numbers(values):
    return [round(float(v), 6) for v in values]


def failure(decimals, count):
    """Confidences, of few decimals with many ties."""
    right = (random.random(count) < 0.7).astype(int)
    confidence = np.round(random.random(count) * 0.6 + right * random.random(count) * 0.4, decimals)
    return confidence, right


def aurc(confidence, right):
    """Mean risk over all coverages; ties in every order at once: the mean over many shuffles where there are some."""
    def once(order):
        wrong = 1 - right[order]
        return np.mean(np.cumsum(wrong) / np.arange(1, len(wrong) + 1))
    if len(set(confidence)) == len(confidence):
        return once(np.argsort(-confidence, kind='stable'))
    total = 0
    for _ in range(20000):
        mixed = random.permutation(len(confidence))
        total += once(mixed[np.argsort(-confidence[mixed], kind='stable')])
    return total / 20000


cases = []
for decimals, count in [(6, 40), (1, 60)]:
    confidence, right = failure(decimals, count)
    sorted_right = np.sort(right)[::-1]
    cases.append({
        'confidence': numbers(confidence),
        'right': right.tolist(),
        'auroc': float(roc_auc_score(right, confidence)),
        'aurc': float(aurc(confidence, right)),
        'least': float(aurc(-np.arange(count), sorted_right)),
        'ties': decimals == 1,
    })

# A ridge regression from an offset: two columns, three groups, the bias held by 1.
rows, strength = 80, 4.0
offset = random.normal(0.5, 1, rows)
columns = random.normal(0, 1, (2, rows))
group = random.integers(0, 3, rows)
right = (random.random(rows) < expit(offset + 0.8 * columns[0] - (group == 1))).astype(int)


def scores(w):
    return offset + w[0] + w[1:3] @ columns + w[3:][group]


def loss(w):
    held = strength * np.sum(w[1:] ** 2) + w[0] ** 2
    return log_loss(right, expit(scores(w)), normalize=False) + held / 2


fit = minimize(loss, np.zeros(6), method='BFGS', options={'gtol': 1e-9}).x

# What the learned criterion looks at, from the definitions.
features = []
for logits, temperature in [([2.0, -1.0, 0.5], 1.0), ([7.5, 7.0, -3.0, 0.25, 1.0], 1.7), ([0.0, 0.0], 0.5)]:
    x = np.array(logits) / temperature
    logs = log_softmax(x)
    p = np.exp(logs)
    first, second = np.sort(p)[::-1][:2]
    features.append({
        'logits': logits,
        'temperature': temperature,
        'predicted': int(np.argmax(x)),
        'odds': float(np.log(first / (1 - first))),
        'margin': float(np.log(first / second)),
        'entropy': float(-np.sum(p * logs) / np.log(len(x))),
        'energy': float(np.log(np.sum(np.exp(x))) - x.mean()),
    })

golden = {
    'failure': cases,
    'ridge': {
        'offset': offset.tolist(),
        'columns': columns.tolist(),
        'group': group.tolist(),
        'right': right.tolist(),
        'strength': strength,
        'fit': numbers(fit),
    },
    'features': features,
}
Path(__file__).with_name('golden.json').write_text(json.dumps(golden) + '\n')
