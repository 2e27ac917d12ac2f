// What stands in a cell of a CSV.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvCell, textOfCell } from '../../src/report/csv-cell.ts'

for (const [text, cell] of [
  ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
  ['+1+cmd', "'+1+cmd"],
  ['-2+3', "'-2+3"],
  ['-', "'-"],
  ['@SUM(1)', "'@SUM(1)"],
  ['\uff1d1+1', "'\uff1d1+1"],
  ['\t=1', '\\x09=1'],
  ['\r=1', '\\x0d=1'],
  ['\u001b[0m', '\\x1b[0m'],
  // As they were.
  ['-0.25', '-0.25'],
  ['+1e-7', '+1e-7'],
  ['-Infinity', '-Infinity'],
  ['0.000001', '0.000001'],
  ['', ''],
  ['rose/a=b+c@d-e.jpg', 'rose/a=b+c@d-e.jpg'],
  ["'single' ünï \\x1b", "'single' ünï \\x1b"],
] as const) {
  test(`${JSON.stringify(text)} becomes ${JSON.stringify(cell)}`, () => {
    assert.equal(csvCell(text), cell)
  })
}

for (const text of [
  '=a.jpg',
  '\uff1da.jpg',
  '\uff0b1',
  '\uff0d1',
  '\uff20x',
  '-x',
  '-0.25',
  "'-5",
  "'a",
]) {
  test(`${JSON.stringify(text)} is read back from its cell`, () => {
    assert.equal(textOfCell(csvCell(text)), text)
  })
}
