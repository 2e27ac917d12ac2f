// Pipes with a name: waited for without a thread, given up at the signal, read to their end.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readLabels } from '../../src/input/labels.ts'
import { readLimited } from '../../src/serving/classify/sources/read-limited.ts'
import { openPipe } from '../../src/input/read-pipe.ts'
import { tempFolder } from '../helpers/cli.ts'

const skip = process.platform === 'win32'

function makePipe(): string {
  const pipe = join(tempFolder(), 'pipe.jpg')
  execFileSync('mkfifo', [pipe])
  return pipe
}

test('a pipe that nobody writes to is given up when the signal says so', { skip }, async () => {
  const stop = new AbortController()
  const reading = readLimited(await openPipe(makePipe(), stop.signal), 9)
  stop.abort()
  await assert.rejects(reading, { name: 'AbortError' })
})

test('a pipe is read to its end, also by who opens it first', { skip }, async () => {
  const pipe = makePipe()
  const { signal } = new AbortController()
  const reading = readLimited(await openPipe(pipe, signal), 200_000)
  const bytes = Buffer.alloc(150_000, 7)
  await writeFile(pipe, bytes)
  assert.equal(Buffer.compare(await reading, bytes), 0)
})

test(
  'labels come out of a pipe; one that nobody writes to is refused in time',
  { skip },
  async () => {
    const pipe = makePipe()
    const reading = readLabels(pipe)
    await writeFile(pipe, 'rose\ntulip\n')
    assert.deepEqual(await reading, ['rose', 'tulip'])
    await assert.rejects(readLabels(pipe, 20), {
      code: 'DDNN_INPUT_MISSING',
      message: /which nobody/,
    })
  },
)

test('labels are not looked for in a device', { skip }, async () => {
  await assert.rejects(readLabels('/dev/zero'), { code: 'DDNN_INPUT_MISSING', message: /no file/ })
})
