// What cannot be cut is refused in true words, with what to do next.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ModelError } from '../../../src/errors.ts'
import { ProtoMessage } from '../../../src/model/proto-message.ts'
import { openForTest } from '../../helpers/backbone-models.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { repoPath } from '../../helpers/paths.ts'

const golden = (...parts: string[]) => repoPath('test', 'golden', 'backbone', ...parts)

async function fileWith(bytes: Buffer): Promise<string> {
  const folder = tempFolder()
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'model.onnx')
  await writeFile(file, bytes)
  return file
}

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'
const whole = await readFile(golden('residual', 'residual.onnx'))

function spoilt(): Buffer {
  const bytes = Buffer.from(whole)
  const tensors = new ProtoMessage(bytes).message(7)?.messages(5) ?? []
  // raw_data (9) of the tensor of this name (8), in the same memory.
  tensors
    .find((tensor) => tensor.text(8) === 'w1')
    ?.last(9)
    ?.bytes.writeFloatLE(Number.NaN, 12)
  return bytes
}

const cases: readonly (readonly [
  string,
  () => Promise<string> | string,
  string,
  RegExp,
  RegExp,
])[] = [
  ['nothing there', () => golden('none.onnx'), 'DDNN_MODEL_MISSING', /got no file/, /\.onnx file/],
  [
    'half of a file',
    () => fileWith(whole.subarray(0, 6000)),
    'DDNN_MODEL_DAMAGED',
    /6000 bytes/,
    /again/,
  ],
  [
    'a file of text',
    () => fileWith(Buffer.from('no model')),
    'DDNN_MODEL_DAMAGED',
    /8 bytes/,
    /again/,
  ],
  [
    'a pointer',
    () => fileWith(Buffer.from(pointer)),
    'DDNN_MODEL_DAMAGED',
    /LFS pointer/,
    /lfs pull/,
  ],
  [
    'random numbers',
    () => golden('random'),
    'DDNN_MODEL_DAMAGED',
    /same image.*RandomUniform/,
    /augmentation/,
  ],
  [
    'a weight that is no number',
    () => fileWith(spoilt()),
    'DDNN_MODEL_DAMAGED',
    /finite weights in '.*model\.onnx', got NaN at 3 of 'w1'/,
    /again/,
  ],
  [
    'what takes files',
    () => golden('file'),
    'DDNN_MODEL_DAMAGED',
    /pixels.*'bytes'.*text/,
    /decodes/,
  ],
  ['a loop', () => golden('loop'), 'DDNN_MODEL_DAMAGED', /plain operations.*While/, /tf2onnx/],
]

for (const [what, path, code, message, hint] of cases) {
  test(what, async () => {
    await assert.rejects(openForTest(await path()), (error: ModelError) => {
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.match(error.hint ?? '', hint)
      return true
    })
  })
}
