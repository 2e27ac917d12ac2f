// The CSV of a device and of a tier: cells, quoting as Python's csv reads it, locks, bad places.
import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError, DdnnError } from '../../src/errors.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { openCsvReport } from '../../src/report/csv.ts'
import { openTierCsv } from '../../src/report/tier-csv.ts'
import { repoPath } from '../helpers/paths.ts'
import { parseLikePython } from './python-csv.ts'
import { failureOf, outcomeOf, replyOf, resultOf, tempFolder } from './outcomes.ts'

const folder = tempFolder()
const original =
  'Test;Expected_result;Prediction_Time;Edge_Prediction;Edge_Computation_Time;Edge_Prediction_Time;Fog_Prediction;Fog_Computation_Time;Fog_Prediction_Time;Cloud_Prediction;Cloud_Computation_Time;Cloud_Prediction_Time'
const full = `${original};File;Exit;Confidence;Fallback;Error`

async function rowsOf(
  outcomes: readonly Outcome[],
  form: 'full' | 'original' = 'full',
): Promise<readonly string[]> {
  const file = join(folder, `${Math.random()}.csv`)
  const csv = await openCsvReport({ file, form })
  for (const outcome of outcomes) await csv.add(outcome)
  await csv.close()
  const [header, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n')
  assert.equal(header, form === 'full' ? full : original)
  return rows
}

for (const [what, outcome, row] of [
  [
    'an early exit at the edge',
    outcomeOf(0),
    '0;1;0.025000;1;0.004500;0.020000;;;;;;;rose/0.jpg;edge;0.500000;false;',
  ],
  [
    'an answer of the cloud, with what edge and fog said',
    outcomeOf(3, { reply: replyOf([2, 0, 1]) }),
    '3;1;0.025000;2;0.004500;0.020000;0;0.005500;0.019000;1;0.006500;0.018000;rose/3.jpg;cloud;0.700000;false;',
  ],
  [
    'a hop without a result',
    outcomeOf(4, { reply: replyOf([null, 2]) }),
    '4;1;0.025000;;0.004500;0.020000;2;0.005500;0.019000;;;;rose/4.jpg;fog;0.600000;false;',
  ],
  [
    'a fourth hop, which has no columns',
    outcomeOf(5, { reply: replyOf([1, 1, 1, 2]) }),
    '5;1;0.025000;1;0.004500;0.020000;1;0.005500;0.019000;1;0.006500;0.018000;rose/5.jpg;beyond;0.800000;false;',
  ],
  [
    'a fallback',
    outcomeOf(6, { reply: { ...replyOf([0]), fallback: true } }),
    '6;1;0.025000;0;0.004500;0.020000;;;;;;;rose/6.jpg;edge;0.500000;true;',
  ],
  [
    'an answer of an original, which tells no confidence',
    outcomeOf(7, {
      reply: {
        ...replyOf([1]),
        result: { exit: -1, logits: [0, 1], prediction: 1, confidence: undefined },
      },
    }),
    '7;1;0.025000;1;0.004500;0.020000;;;;;;;rose/7.jpg;edge;;false;',
  ],
  [
    'hops whose class values are none, or that predict nothing',
    outcomeOf(10, {
      reply: {
        ...replyOf([2, null]),
        next: {
          ...replyOf([1], 1),
          result: { ...resultOf(1), logits: [0, Number.NaN], confidence: Infinity },
          next: { ...replyOf([1], 2), result: { ...resultOf(1), prediction: -1 } },
        },
      },
    }),
    '10;1;0.025000;2;0.004500;0.020000;;0.005500;0.019000;;0.006500;0.018000;rose/10.jpg;edge;0.500000;false;',
  ],
  [
    'a file, a tier and an error of others, spelt out and no formula',
    outcomeOf(11, {
      file: '=HYPERLINK("x")/\u001b[2J\u202egpj.a',
      reply: { ...replyOf([1]), tier: '@SUM(A1)\u009b31m' },
      problem: { code: '-2+3', message: 'cmd|\u0007\u2028x' },
    }),
    `11;1;0.025000;1;0.004500;0.020000;;;;;;;"'=HYPERLINK(""x"")/\\x1b[2J\\u202egpj.a";'@SUM(A1)\\x9b31m;0.500000;false;'-2+3: cmd|\\x07 x`,
  ],
  [
    'no answer in time',
    failureOf(8),
    '8;1;0.025000;;;;;;;;;;rose/8.jpg;;;;DDNN_REPLY_TIMEOUT: no reply',
  ],
  [
    'an image that could not be read',
    outcomeOf(9, {
      roundTripMs: undefined,
      reply: undefined,
      problem: { code: 'DDNN_INPUT_UNREADABLE', message: 'rose/9.jpg: cut\n  short' },
    }),
    '9;1;;;;;;;;;;;rose/9.jpg;;;;DDNN_INPUT_UNREADABLE: rose/9.jpg: cut short',
  ],
] as const) {
  test(`the row of ${what}`, async () => {
    assert.deepEqual(await rowsOf([outcome]), [row])
  })
}

test("the original's form has its 12 columns alone", async () => {
  const [row] = await rowsOf([outcomeOf(0)], 'original')
  assert.equal(row, '0;1;0.025000;1;0.004500;0.020000;;;;;;')
})

test("the golden file is written byte for byte, and read by Python's csv as it was meant", async () => {
  const golden = readFileSync(repoPath('test', 'golden', 'report', 'results.csv'), 'utf8')
  const meant = JSON.parse(
    readFileSync(repoPath('test', 'golden', 'report', 'results-as-python-reads.json'), 'utf8'),
  ) as string[][]
  const outcomes = [
    outcomeOf(0),
    outcomeOf(1, { reply: replyOf([2, 0, 1]) }),
    failureOf(2),
    outcomeOf(3, { file: 'a;b/"quoted" ; name.jpg' }),
    outcomeOf(4, { file: 'line\nbreak, comma.jpg', reply: replyOf([0, 1]) }),
    outcomeOf(5, { file: "'single' ünï.jpg" }),
  ]
  const file = join(folder, 'golden.csv')
  const csv = await openCsvReport({ file, form: 'full' })
  for (const outcome of outcomes) await csv.add(outcome)
  await csv.close()
  assert.equal(readFileSync(file, 'utf8'), golden)
  assert.deepEqual(parseLikePython(golden), meant)
  assert.deepEqual(
    meant.slice(1).map((row) => row[12]),
    outcomes.map((outcome) => outcome.file.replace('\n', '\\x0a')),
  )
})

test('a run starts a new file', async () => {
  const file = join(folder, 'again.csv')
  writeFileSync(file, 'of yesterday\n'.repeat(100))
  const csv = await openCsvReport({ file, form: 'full' })
  await csv.close()
  assert.equal(readFileSync(file, 'utf8'), `${full}\n`)
})

test('rows are in the file as soon as add resolves', async () => {
  const file = join(folder, 'live.csv')
  const csv = await openCsvReport({ file, form: 'full' })
  await csv.add(outcomeOf(0))
  assert.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, 2)
  await csv.close()
})

test('the folder of the file is made', async () => {
  const file = join(folder, 'new', 'deep', 'results.csv')
  await (await openCsvReport({ file, form: 'full' })).close()
  assert.ok(existsSync(file))
})

test('one file has one writer', async () => {
  const file = join(folder, 'busy.csv')
  const first = await openCsvReport({ file, form: 'full' })
  await first.add(outcomeOf(0))
  await assert.rejects(
    openCsvReport({ file, form: 'full' }),
    config('DDNN_OUTPUT_BUSY', 'busy.csv'),
  )
  await assert.rejects(
    openTierCsv({ csvFile: file, csvForm: 'full' }),
    config('DDNN_OUTPUT_BUSY', 'busy.csv'),
  )
  // Whoever was refused did no harm.
  await first.add(outcomeOf(1))
  await first.close()
  assert.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, 3)
  await (await openCsvReport({ file, form: 'full' })).close()
})

test('close may be called twice', async () => {
  const csv = await openCsvReport({ file: join(folder, 'twice.csv'), form: 'full' })
  await csv.close()
  await csv.close()
})

test('a place that cannot be written is named before the run', async () => {
  const blocked = join(folder, 'file')
  writeFileSync(blocked, '')
  const under = join(blocked, 'results.csv')
  await assert.rejects(
    openCsvReport({ file: under, form: 'full' }),
    config('DDNN_OUTPUT_FAILED', 'results.csv'),
  )
  const isFolder = join(folder, 'is-a-folder')
  mkdirSync(isFolder)
  await assert.rejects(
    openCsvReport({ file: isFolder, form: 'full' }),
    config('DDNN_OUTPUT_FAILED', 'is-a-folder'),
  )
})

test('a full disk is named; what is no file is neither locked nor cut', async () => {
  await assert.rejects(openCsvReport({ file: '/dev/full', form: 'full' }), failed)
  const csv = await openCsvReport({ file: '/dev/null', form: 'full' })
  await csv.add(outcomeOf(0))
  await csv.close()
})

test("a tier's rows have its own hop first and the request's id as file", async () => {
  const file = join(folder, 'tier.csv')
  const csv = await openTierCsv({ csvFile: file, csvForm: 'full' })
  csv?.add('edge-1', replyOf([1]))
  csv?.add('edge-2', replyOf([0, 2]))
  csv?.add('edge-3', {
    ...replyOf([null]),
    problem: { code: 'DDNN_FRAME_SHAPE', message: 'Expected 180x180x3' },
  })
  await csv?.close()
  const rows = [
    '0;;0.020000;1;0.004500;0.020000;;;;;;;edge-1;edge;0.500000;false;',
    '1;;0.020000;0;0.004500;0.020000;2;0.005500;0.019000;;;;edge-2;fog;0.600000;false;',
    '2;;0.020000;;0.004500;0.020000;;;;;;;edge-3;;;false;DDNN_FRAME_SHAPE: Expected 180x180x3',
  ]
  assert.equal(readFileSync(file, 'utf8'), `${[full, ...rows].join('\n')}\n`)
})

test("a tier's file goes on after a restart, and a row that was cut off is removed", async () => {
  const file = join(folder, 'restart.csv')
  const first = await openTierCsv({ csvFile: file, csvForm: 'full' })
  first?.add('a', replyOf([1]))
  await first?.close()
  appendFileSync(file, '1;;0.0200')
  const second = await openTierCsv({ csvFile: file, csvForm: 'full' })
  second?.add('b', replyOf([1]))
  await second?.close()
  const [header, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n')
  assert.equal(header, full)
  assert.deepEqual(
    rows.map((row) => [row.split(';')[0], row.split(';')[12]]),
    [
      ['0', 'a'],
      ['1', 'b'],
    ],
  )
})

test("a tier's file with other columns is refused, and left as it was", async () => {
  const file = join(folder, 'other.csv')
  writeFileSync(file, 'a;b;c\n1;2;3\n')
  await assert.rejects(
    openTierCsv({ csvFile: file, csvForm: 'full' }),
    config('DDNN_OUTPUT_FAILED', 'other.csv'),
  )
  assert.equal(readFileSync(file, 'utf8'), 'a;b;c\n1;2;3\n')
})

test('a tier without -o writes nothing', async () => {
  assert.equal(await openTierCsv({ csvFile: undefined, csvForm: 'full' }), undefined)
})

test('many rows at once are all there, in the order of their calls', async () => {
  const file = join(folder, 'many.csv')
  const csv = await openTierCsv({ csvFile: file, csvForm: 'original' })
  for (let i = 0; i < 5000; i++) csv?.add(String(i), replyOf([1]))
  await csv?.close()
  const rows = readFileSync(file, 'utf8').trimEnd().split('\n').slice(1)
  assert.deepEqual(
    rows.map((row) => Number(row.split(';', 1)[0])),
    Array.from({ length: 5000 }, (_, i) => i),
  )
})

function config(code: string, named: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConfigError, String(error))
    assert.equal(error.code, code)
    assert.ok(error.message.includes(named), error.message)
    return true
  }
}

function failed(error: unknown): boolean {
  return error instanceof DdnnError && error.code === 'DDNN_OUTPUT_FAILED'
}
