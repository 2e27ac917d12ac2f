// A reader that leaves has seen enough; a disk that is full has lost what was printed.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { createStdout, takeErrors } from '../../src/cli/stdout.ts'

/** A stream whose every write fails so. */
function failing(code: string): NodeJS.WriteStream {
  const stream = new Writable({
    write: (_chunk, _encoding, done) =>
      setImmediate(() => done(Object.assign(new Error(code), { code }))),
  })
  return stream as unknown as NodeJS.WriteStream
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 20))

test('after a reader has left nothing is written, and nothing is wrong', async () => {
  const stdout = createStdout(failing('EPIPE'))
  await stdout.write('one\n')
  await turn()
  assert.equal(stdout.closed.aborted, true)
  await stdout.write('two\n')
  stdout.assertWritten()
})

test('a line that could not be written is an error, also where it is the last one', async () => {
  const stdout = createStdout(failing('ENOSPC'))
  await stdout.write('one\n')
  await turn()
  assert.equal(stdout.closed.aborted, true)
  const full = { code: 'DDNN_OUTPUT_FAILED', message: /ENOSPC/ }
  assert.throws(() => stdout.assertWritten(), full)
  await assert.rejects(stdout.write('two\n'), full)
})

test('a stream that many write to ends no process, whoever reads it', async () => {
  for (const [code, lost] of [
    ['EPIPE', undefined],
    ['ENOSPC', 'DDNN_OUTPUT_FAILED'],
  ] as const) {
    const stream = failing(code)
    const taken: (string | undefined)[] = []
    takeErrors(stream, (failure) => taken.push(failure?.code))
    stream.write('one\n')
    await turn()
    assert.deepEqual(taken, [lost])
  }
})
