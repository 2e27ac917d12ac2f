// Lines of the log with text of other processes in them, in both forms.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { visibleLine } from '../../src/telemetry/visible-line.ts'
import { repoPath } from '../helpers/paths.ts'

const evil = 'id\u001b[2J\u009b31m\r\nWARN forged \u202e\u0007'
const shown = 'id\\x1b[2J\\x9b31m\\x0d\\x0aWARN forged \\u202e\\x07'

test('texts of a line are spelt out, at any depth; numbers and other text stay', () => {
  const line = `${JSON.stringify({ level: 40, msg: evil, origin: { id: evil, offset: '7' }, list: [evil] })}\n`
  assert.deepEqual(JSON.parse(visibleLine(line)), {
    level: 40,
    msg: shown,
    origin: { id: shown, offset: '7' },
    list: [shown],
  })
  const harmless = '{"level":30,"msg":"für \\"alle\\" C:\\\\x"}\n'
  assert.equal(visibleLine(harmless), harmless)
})

test('a stack keeps its lines, and its message makes none', () => {
  const stack = `Error: ${evil}\n    at run (a.ts:1:2)\ncaused by: Error: x\n    at b.ts:3:4`
  const read = JSON.parse(visibleLine(JSON.stringify({ err: { stack } }))) as {
    err: { stack: string }
  }
  assert.equal(
    read.err.stack,
    `Error: ${shown}\n    at run (a.ts:1:2)\ncaused by: Error: x\n    at b.ts:3:4`,
  )
})

for (const format of ['json', 'pretty'] as const) {
  test(`the ${format} log of a process shows them spelt out, on one line`, () => {
    const log = pathToFileURL(repoPath('build', 'src', 'telemetry', 'log.js')).href
    const script = `
      const { createLog } = await import(${JSON.stringify(log)})
      createLog({ level: 'info', format: '${format}', name: 'edge' })
        .warn({ id: ${JSON.stringify(evil)} }, 'put aside: ' + ${JSON.stringify(evil)})`
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    })
    assert.equal(status, 0, stderr)
    const text = format === 'json' ? (JSON.parse(stderr) as { msg: string }).msg : stderr
    assert.ok(text.includes(`put aside: ${shown}`), stderr)
    for (const character of ['\u001b[2J', '\u009b', '\r', '\u202e', '\u0007', '\nWARN']) {
      assert.ok(!stderr.includes(character), JSON.stringify(stderr))
    }
  })
}
