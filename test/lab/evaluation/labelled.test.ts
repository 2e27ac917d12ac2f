// Labelled sets before any engine: labels by name, sizes, digests. Stages are plain data here.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLabelled } from '../../../src/lab/evaluation/labelled.ts'
import type { SubmodelSpec } from '../../../src/domain/submodel.ts'
import type { Stage } from '../../../src/serving/engine/engine.ts'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { drawImage, tempFolder, writeFiles } from '../../input/folders.ts'
import { repoPath } from '../../helpers/paths.ts'

const log = createSilentLog()

function stageOf(
  labels: readonly string[] | undefined,
  side = 32,
  classes = labels?.length,
): Stage {
  return {
    spec: { name: 'edge', labels } as unknown as SubmodelSpec,
    engine: 'wasm',
    shapes: { input: [side, side, 3], features: null, exits: [classes ?? 3] },
    run: () => assert.fail('no stage runs here'),
  }
}

const record = (label: number, value: number) => Buffer.alloc(3073, value).fill(label, 0, 1)
const cifarFolder = () =>
  writeFiles(tempFolder(), {
    'batches.meta.txt': 'cat\ndog\nfrog\n',
    'test_batch.bin': Buffer.concat([record(0, 10), record(2, 20), record(1, 30), record(2, 40)]),
  })

test("CIFAR-10's labels are matched with the model's by name, not by position", async () => {
  const model = ['frog', 'cat', 'dog']
  const folder = cifarFolder()
  const set = await openLabelled({ kind: 'cifar10', folder }, undefined, [stageOf(model)], log)
  assert.deepEqual(set.labels, model)
  assert.deepEqual(
    set.sources.map(({ file, label }) => [file, model[label]]),
    [
      ['test_batch.bin#0', 'cat'],
      ['test_batch.bin#1', 'frog'],
      ['test_batch.bin#2', 'dog'],
      ['test_batch.bin#3', 'frog'],
    ],
  )
  const loaded = await set.sources[1]?.load()
  assert.deepEqual(loaded?.image.shape, [32, 32, 3])
  assert.ok(loaded?.image.data.every((value) => value === 20))
  assert.equal(loaded?.fileBytes, undefined)
  await set.close()
})

test("a model without labels takes CIFAR-10's own", async () => {
  const folder = cifarFolder()
  const set = await openLabelled({ kind: 'cifar10', folder }, 2, [stageOf(undefined)], log)
  assert.deepEqual(set.labels, ['cat', 'dog', 'frog'])
  assert.equal(set.sources.length, 2)
  await set.close()
})

test('CIFAR-10 for a model of other labels or another size is an error that names them', async () => {
  const input = { kind: 'cifar10', folder: cifarFolder() } as const
  await assert.rejects(openLabelled(input, undefined, [stageOf(['cat', 'dog', 'owl'])], log), {
    code: 'DDNN_LABELS_MISMATCH',
    message: /cat, dog, owl.*frog/,
  })
  await assert.rejects(openLabelled(input, undefined, [stageOf(undefined, 180)], log), {
    code: 'DDNN_CONFIG_INVALID',
    message: /CIFAR-10, which is 32x32x3, got 'edge' for 180x180x3/,
  })
})

test('a file gives the pixels of its size, its bytes, and a digest over name and content', async () => {
  const bytes = await drawImage('red', 'jpeg', 50)
  const folder = writeFiles(tempFolder(), {
    'cat/1.jpg': bytes,
    'dog/2.jpg': await drawImage('blue'),
  })
  const stages = [stageOf(['cat', 'dog', 'frog'])]
  const set = await openLabelled({ kind: 'folder', format: 'jpg', folder }, undefined, stages, log)
  const loaded = await set.sources[0]?.load()
  assert.deepEqual(loaded?.image.shape, [32, 32, 3])
  assert.equal(loaded?.image.dtype, 'uint8')
  assert.equal(loaded?.fileBytes, bytes.length)
  const digest = createHash('sha256').update('cat/1.jpg').update(bytes).digest('hex')
  assert.equal(loaded?.digest, digest)
})

test('a file that is no image is named, and the next ones still load', async () => {
  const folder = writeFiles(tempFolder(), {
    'cat/1.jpg': 'no image',
    'dog/2.jpg': await drawImage('blue'),
  })
  const set = await openLabelled(
    { kind: 'folder', format: 'jpg', folder },
    undefined,
    [stageOf(['cat', 'dog'])],
    log,
  )
  await assert.rejects(set.sources[0]?.load() ?? Promise.resolve(), {
    code: 'DDNN_INPUT_UNREADABLE',
    message: /^cat\/1\.jpg: /,
  })
  assert.equal((await set.sources[1]?.load())?.image.data.length, 32 * 32 * 3)
})

test("the user's own preprocessing stands in place of the decoder", async () => {
  const folder = writeFiles(tempFolder(), { 'cat/1.jpg': await drawImage('red') })
  const file = join(folder, 'own.mjs')
  writeFiles(folder, {
    'own.mjs':
      'export const preprocess = ({ height, width }) => ({ data: new Float32Array(height * width * 3).fill(0.5), shape: [height, width, 3] })',
  })
  const input = { kind: 'folder', format: 'jpg', folder, preprocessModule: file } as const
  const set = await openLabelled(input, undefined, [stageOf(['cat', 'dog'])], log)
  const loaded = await set.sources[0]?.load()
  assert.equal(loaded?.image.dtype, 'float32')
  assert.equal(loaded.image.data[0], 0.5)
  assert.ok((loaded.fileBytes ?? 0) > 0)
})

test('a folder that is not there, or holds no image, is an error', async () => {
  const stages = [stageOf(['cat', 'dog'])]
  const none = { kind: 'folder', format: 'jpg', folder: join(tempFolder(), 'none') } as const
  await assert.rejects(openLabelled(none, undefined, stages, log), { code: 'DDNN_INPUT_MISSING' })
  const empty = { kind: 'folder', format: 'jpg', folder: tempFolder() } as const
  await assert.rejects(openLabelled(empty, undefined, stages, log), { code: 'DDNN_INPUT_MISSING' })
})

test('other file endings are found when they are asked for', async () => {
  const folder = writeFiles(tempFolder(), { 'daisy/1.png': await drawImage('red', 'png') })
  const labelsFile = repoPath('data', 'labels.txt')
  const input = { kind: 'folder', folder, format: 'png', labelsFile } as const
  const set = await openLabelled(input, undefined, [stageOf(undefined, 32, 5)], log)
  assert.equal(set.sources[0]?.file, 'daisy/1.png')
})
