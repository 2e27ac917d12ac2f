// Golden files of features, written by Python from docs/wire-format.md (test/golden/wire/make.py): each frame
// gives exactly the values beside it, and codes that are not packed are written byte for byte.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isFeatureCodec, partsOfCodec } from '../../../src/domain/feature-codec.ts'
import { binaryWire } from '../../../src/serving/wire/frame.ts'
import { canPack } from '../../../src/serving/wire/features/node-zstd.ts'
import { repoPath } from '../../helpers/paths.ts'

const folder = repoPath('test', 'golden', 'wire')
const names = readdirSync(folder).filter((name) => /^features-.*\.bin$/.test(name))

test('there is a golden file of every form, and of both packs', () => {
  const said = names.map((name) => name.slice('features-'.length, -'.bin'.length))
  for (const wanted of [
    'float16',
    'int8',
    'int8-channel',
    'int4',
    'int4-channel',
    'int2',
    'int2-channel',
  ]) {
    assert.ok(said.includes(wanted), wanted)
  }
  assert.ok(said.includes('float32-deflate') && said.includes('float32-zstd'))
})

for (const name of names) {
  test(`${name} gives the values beside it, and is written again`, () => {
    const frame = readFileSync(`${folder}/${name}`)
    const bytes = readFileSync(`${folder}/${name.replace('.bin', '.f32')}`)
    const values = new Float32Array(48)
    for (let i = 0; i < 48; i++) values[i] = bytes.readFloatLE(i * 4)

    if (name.includes('zstd') && !canPack('zstd')) {
      assert.throws(() => binaryWire.decodeRequest(frame, { maxElements: 48 }), {
        code: 'DDNN_FRAME_SHAPE',
        message: /Node 22\.15 or later for .*\+zstd/,
      })
      return
    }
    const decoded = binaryWire.decodeRequest(frame, { maxElements: 48 })
    const slot = new Float32Array(48)
    decoded.write(slot, 1)
    assert.deepEqual(slot, values)

    const { codec } = decoded
    if (!isFeatureCodec(codec)) throw new Error(`Expected a codec of features, got ${codec}`)
    const { pack } = partsOfCodec(codec)
    const meta = { family: '6f1c', labelsHash: '9b2e0123456789ab', codec }
    const again = binaryWire.encodeRequest(
      { dtype: 'float32', shape: [4, 4, 3], data: values },
      meta,
    )
    if (pack === undefined) {
      assert.deepEqual(Buffer.from(again), frame)
      return
    }
    // Packers differ from each other, and what they pack does not.
    const copy = new Float32Array(48)
    binaryWire.decodeRequest(again, { maxElements: 48 }).write(copy, 1)
    assert.deepEqual(copy, values)
  })
}

/** What the reader of commit 3721a6a, which knows raw and jpeg alone, says of the golden frames; recorded with it. */
const refusals = JSON.parse(readFileSync(`${folder}/refused-by-0.1.0.json`, 'utf8')) as Partial<
  Record<string, string>
>

test('a release without these codecs refused each of the golden frames by the name of its codec', () => {
  for (const name of [...names, 'request-webp.bin', 'request-avif.bin']) {
    const frame = readFileSync(`${folder}/${name}`)
    const header = frame.toString('utf8', 12, 12 + frame.readUInt32LE(8))
    const { tensors } = JSON.parse(header) as { tensors: [{ codec: string }] }
    const said = `DDNN_FRAME_SHAPE: Expected codec raw or jpeg, got "${tensors[0].codec}"`
    assert.equal(refusals[name], said)
  }
})
