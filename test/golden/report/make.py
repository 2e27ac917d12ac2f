"""Writes results-as-python-reads.json: what Python's own csv module reads of results.csv.

results.csv is what ddnn writes of the outcomes in test/report/csv.test.ts. Run: python make.py
"""
import csv
import json
from pathlib import Path

HERE = Path(__file__).parent
with open(HERE / 'results.csv', newline='', encoding='utf-8') as file:
    rows = list(csv.reader(file, delimiter=';'))
(HERE / 'results-as-python-reads.json').write_text(
    json.dumps(rows, indent=1, ensure_ascii=False), encoding='utf-8')
