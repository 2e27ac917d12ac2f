// The table of exit codes, as docs/operations.md has it: how a command ended, what stopped it, which code that is.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { exitCodeOf, type CommandEnd, type StopSignal } from '../../src/cli/exit-code.ts'
import { ConfigError, DdnnError } from '../../src/errors.ts'
import { repoPath } from '../helpers/paths.ts'

const done: CommandEnd = { result: { failures: 0 } }
const failed: CommandEnd = { result: { failures: 3 } }
const service: CommandEnd = { result: { failures: 0, isService: true } }
const failedService: CommandEnd = { result: { failures: 1, isService: true } }
const error = (code: DdnnError['code'], isService = false): CommandEnd => ({
  error: new DdnnError(code, 'x'),
  isService,
})
const usage: CommandEnd = {
  error: new ConfigError('DDNN_OUTPUT_FAILED', 'before the work'),
  isService: false,
}

const rows: readonly (readonly [string, CommandEnd, StopSignal | undefined, number])[] = [
  ['all was done', done, undefined, 0],
  ['some samples failed', failed, undefined, 1],
  ['flags are wrong', error('DDNN_CONFIG_INVALID'), undefined, 2],
  ['an output cannot be written, said at the start', usage, undefined, 2],
  ['a disk is full', error('DDNN_OUTPUT_FAILED'), undefined, 1],
  ['a training diverged', error('DDNN_TRAINING_DIVERGED'), undefined, 1],
  ['a model gave no numbers', error('DDNN_ENGINE_VALUE'), undefined, 1],
  ['a fault of ours', error('DDNN_INTERNAL'), undefined, 1],
  ['no broker at the start', error('DDNN_TRANSPORT_UNREACHABLE'), undefined, 2],
  ['Ctrl-C cuts a run short', failed, 'SIGINT', 130],
  ['Ctrl-C ends a run in which all was answered', done, 'SIGINT', 130],
  ['Ctrl-C ends a service', service, 'SIGINT', 130],
  ['Ctrl-C, and what was left says why', error('DDNN_CONFIG_INVALID'), 'SIGINT', 130],
  ['SIGTERM cuts a run short', failed, 'SIGTERM', 143],
  ['SIGTERM, and a training had no step yet', error('DDNN_TRAINING_STOPPED'), 'SIGTERM', 143],
  ['SIGTERM ends a service in order', service, 'SIGTERM', 0],
  ['SIGTERM ends a service, and not all could be done', failedService, 'SIGTERM', 1],
  ['SIGTERM ends a service, and a disk is full', error('DDNN_OUTPUT_FAILED', true), 'SIGTERM', 1],
]
for (const [what, end, stopped, code] of rows) {
  test(`${what}: ${code}`, () => assert.equal(exitCodeOf(end, stopped), code))
}

test('docs/operations.md tells each of these codes', () => {
  const page = readFileSync(repoPath('docs', 'operations.md'), 'utf8')
  const [, section = ''] = page.split('## Exit codes\n')
  for (const code of new Set(rows.map((row) => row[3]))) {
    assert.match(section.split('\n## ')[0] ?? '', new RegExp(`^\\| ${code} `, 'm'), String(code))
  }
})
