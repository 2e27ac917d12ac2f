// bench.json, written and read back.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fc } from '../../../helpers/property.ts'
import { DdnnError } from '../../../../src/errors.ts'
import {
  benchJson,
  parseBenchResult,
  readBenchResult,
} from '../../../../src/lab/bench/report/json.ts'
import { tempFolder } from '../../../report/outcomes.ts'
import { chainResult, latencyOf, resultOf, rowOf } from './results.ts'

const folder = tempFolder()

const codeOf = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof DdnnError &&
  error.code === code &&
  message.test(error.message) &&
  error.hint !== undefined

test('a result comes back as it was, whatever its numbers and names are', () => {
  const number = fc.double({ noDefaultInfinity: true }).map((value) => value + 0)
  const names = fc.dictionary(
    fc.string().filter((name) => name !== '__proto__'),
    number.filter((n) => !Number.isNaN(n)),
    { noNullPrototype: true },
  )
  const row = fc.record({
    failures: names,
    cpuMs: names,
    imagesPerSecond: number,
    latency: number.map((mean) => ({ ...latencyOf(20), mean })),
    rate: fc.option(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      { nil: undefined },
    ),
    isHeld: fc.option(fc.boolean(), { nil: undefined }),
    parts: fc.array(
      fc.record(
        { where: fc.string(), part: fc.constant('hop' as const), ms: number },
        { noNullPrototype: true },
      ),
    ),
  })
  fc.assert(
    fc.property(fc.array(row), fc.string(), (changes, command) => {
      const rows = changes.map((change) => ({
        ...rowOf(change),
        latency: { ...change.latency, curve: [1, Number.NaN, 2.5] },
      }))
      const result = {
        ...resultOf(rows, { rounds: 1 }),
        command: `${command} [1,\n  2]`,
        commit: undefined,
      }
      assert.deepEqual(parseBenchResult(benchJson(result), 'x'), result)
    }),
    { numRuns: 50 },
  )
})

test('a list of numbers is one line of the file', () => {
  const text = benchJson(chainResult())
  const curves = text.split('\n').filter((line) => line.includes('"curve"'))
  assert.equal(curves.length, chainResult().rows.length)
  assert.ok(curves.every((line) => line.includes(']')))
})

test('a file that is not there, or is no JSON, or of something else, is named with what to do', async () => {
  const file = join(folder, 'bench.json')
  await assert.rejects(readBenchResult(file), codeOf('DDNN_INPUT_MISSING', /bench\.json'.*ENOENT/))
  writeFileSync(file, '{"format": 1,')
  await assert.rejects(readBenchResult(file), codeOf('DDNN_INPUT_UNREADABLE', /got no JSON/))
  writeFileSync(file, benchJson(chainResult()).replace('"p90": 30', '"p90": "30 ms"'))
  await assert.rejects(
    readBenchResult(file),
    codeOf('DDNN_INPUT_UNREADABLE', /at 'rows\.0\.latency\.p90'/),
  )
  writeFileSync(file, benchJson(chainResult()).replace('"format": 1', '"format": 2'))
  await assert.rejects(readBenchResult(file), codeOf('DDNN_INPUT_UNREADABLE', /at 'format'/))
  writeFileSync(file, benchJson(chainResult()))
  assert.deepEqual((await readBenchResult(file)).setup, chainResult().setup)
})
