// The run of checks, and how their results are told: no broker and no model here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../../../src/errors.ts'
import type { CheckResult } from '../../../src/lab/doctor/check.ts'
import { Examination } from '../../../src/lab/doctor/examination.ts'
import { jsonReport } from '../../../src/lab/doctor/json.ts'
import { createTextReport } from '../../../src/lab/doctor/text.ts'

const never = new AbortController().signal
const name = (id: string, group = 'Process') => ({ id, group, title: id })

function newExamination(options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const told: CheckResult[] = []
  const exam = new Examination({
    timeoutMs: options.timeoutMs ?? 10_000,
    signal: options.signal ?? never,
    onResult: (result) => told.push(result),
  })
  return { exam, told }
}

test('a check that throws has failed, with the message, the hint and the code of its error', async () => {
  const { exam } = newExamination()
  await exam.check(name('a'), () => {
    throw new ConfigError('DDNN_CONFIG_INVALID', 'Expected a, got b', { hint: 'Pass a' })
  })
  const [result] = exam.results
  assert.equal(result?.status, 'failed')
  assert.equal(result?.found, 'Expected a, got b')
  assert.deepEqual(result?.advice, ['Pass a'])
  assert.deepEqual(result?.facts, { code: 'DDNN_CONFIG_INVALID' })
})

test('what builds on a failed check is not checked, and what does not goes on', async () => {
  const { exam, told } = newExamination()
  const broken = await exam.check(name('tcp'), () => {
    throw new Error('refused')
  })
  const ran: string[] = []
  const run = (id: string) => () => {
    ran.push(id)
    return { found: id, value: id }
  }
  const built = await exam.check(name('tls'), run('tls'), { needs: [broken] })
  await exam.check(name('login'), run('login'), { needs: [built] })
  await exam.check(name('csv'), run('csv'))
  assert.deepEqual(ran, ['csv'])
  assert.deepEqual(
    told.map(({ id, status }) => `${id} ${status}`),
    ['tcp failed', 'tls unchecked', 'login unchecked', 'csv ok'],
  )
  assert.match(told[2]?.found ?? '', /'tls'/)
})

test('a warning has a value, so that what builds on it is checked', async () => {
  const { exam } = newExamination()
  const warned = await exam.check(name('a'), () => ({
    status: 'warning',
    found: 'old',
    advice: 'renew it',
    value: 7,
  }))
  const seen = await exam.check(name('b'), () => ({ found: '', value: (warned.value ?? 0) + 1 }), {
    needs: [warned],
  })
  assert.equal(seen.value, 8)
  assert.deepEqual(exam.results[0]?.advice, ['renew it'])
})

test('a check that hangs fails when its time is over, and hears of it', async () => {
  const { exam } = newExamination({ timeoutMs: 20 })
  let heard = false
  await exam.check(name('a'), (signal) => {
    signal.addEventListener('abort', () => (heard = true))
    return new Promise<never>(() => undefined)
  })
  assert.equal(exam.results[0]?.status, 'failed')
  assert.match(exam.results[0]?.found ?? '', /within 20 ms/)
  assert.ok(heard)
})

test('a signal ends the check that runs and leaves the others unchecked', async () => {
  const stop = new AbortController()
  const { exam } = newExamination({ signal: stop.signal })
  await exam.check(name('a'), () => {
    stop.abort()
    return new Promise<never>(() => undefined)
  })
  await exam.check(name('b'), () => assert.fail('was run'))
  assert.deepEqual(
    exam.results.map(({ status }) => status),
    ['failed', 'unchecked'],
  )
})

const results: readonly CheckResult[] = [
  { ...row('process.node', 'Process', 'node'), status: 'ok', found: 'v20' },
  {
    ...row('back.tcp', 'Back link', 'connection'),
    status: 'failed',
    found: 'Expected a connection, got none',
    advice: ['Start the broker'],
  },
  { ...row('back.kafka', 'Back link', 'Kafka'), status: 'unchecked', found: "'connection' failed" },
]

function row(id: string, group: string, title: string) {
  return { id, group, title, advice: [], facts: {}, durationMs: 1.23456 }
}

test('lines stand under the heading of their group, with the advice below', () => {
  const report = createTextReport({ color: false })
  const text = results.map((result) => report.line(result)).join('') + report.end(results)
  assert.equal(
    text,
    [
      '',
      'Process',
      '  ok           node               v20',
      '',
      'Back link',
      '  FAILED       connection         Expected a connection, got none',
      '                                  -> Start the broker',
      "  not checked  Kafka              because 'connection' failed",
      '',
      '1 ok, 1 failed, 1 not checked',
      '',
    ].join('\n'),
  )
})

test('colours are for terminals alone', () => {
  const [ok] = results
  assert.ok(ok !== undefined)
  assert.match(createTextReport({ color: true }).line(ok), /\u001b\[32mok/)
  assert.ok(!createTextReport({ color: false }).line(ok).includes('\u001b'))
})

test('the JSON holds every result, and whether all is well', () => {
  const head = { ddnn: '1.2.3', name: 'edge', role: 'tier' }
  const report = JSON.parse(jsonReport(head, results)) as Record<string, unknown>
  assert.equal(report.format, 1)
  assert.equal(report.ok, false)
  assert.deepEqual(report.counts, { ok: 1, warning: 0, failed: 1, unchecked: 1 })
  assert.deepEqual((report.checks as CheckResult[])[1], {
    ...results[1],
    durationMs: 1.2,
  })
  const well = JSON.parse(jsonReport(head, results.slice(0, 1))) as Record<string, unknown>
  assert.equal(well.ok, true)
})
