// What a folder given to --models becomes, and how each fault of it is named.
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { DdnnError } from '../../src/errors.ts'
import { readModelFolder } from '../../src/model/folder.ts'
import { writeManifest } from '../../src/model/manifest.ts'
import { goldenFolder, writeGoldenFamily } from '../helpers/golden-model.ts'
import { edgeManifest } from '../helpers/manifests.ts'

let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-folder-'))
  await writeGoldenFamily('compact', join(folder, 'saved_models'))
})
after(() => rm(folder, { recursive: true }))

const at = (...parts: readonly string[]) => join(folder, ...parts)

async function rejectsWith(path: string, code: string, message: RegExp, hint?: RegExp) {
  await assert.rejects(readModelFolder(path), (error) => {
    assert.ok(error instanceof DdnnError)
    assert.equal(error.code, code)
    assert.match(error.message, message)
    if (hint !== undefined) assert.match(error.hint ?? '', hint)
    return true
  })
}

test('a folder without a manifest is one submodel of which only the format is known', async () => {
  const [spec, ...others] = await readModelFolder(at('saved_models', 'edge'))
  assert.deepEqual(others, [])
  assert.deepEqual(spec, {
    name: 'edge',
    folder: at('saved_models', 'edge'),
    format: 'tfjs-layers',
    family: undefined,
    version: undefined,
    place: undefined,
    input: undefined,
    features: undefined,
    featureCodec: undefined,
    outputs: undefined,
    exits: undefined,
    multiplyAdds: undefined,
    labels: undefined,
    preprocessing: undefined,
  })
})

test('the format is recognised by content', async () => {
  for (const [name, format] of [
    ['saved-model', 'saved-model'],
    ['graph', 'tfjs-graph'],
  ] as const) {
    assert.equal((await readModelFolder(join(goldenFolder, 'small', name)))[0]?.format, format)
  }
})

test('one ONNX file makes a model folder, with a manifest or without, whatever lies beside it', async () => {
  await mkdir(at('onnx', 'bare'), { recursive: true })
  await writeFile(at('onnx', 'bare', 'Network.ONNX'), 'bytes')
  await writeFile(at('onnx', 'bare', 'Network.onnx.data'), 'weights')
  const [bare] = await readModelFolder(at('onnx', 'bare'))
  assert.equal(bare?.format, 'onnx')
  assert.equal(bare?.family, undefined)
  await cp(at('onnx', 'bare'), at('onnx', 'told'), { recursive: true })
  await writeManifest(at('onnx', 'told'), edgeManifest)
  const [told] = await readModelFolder(at('onnx', 'told'))
  assert.equal(told?.format, 'onnx')
  assert.deepEqual(told?.features, [8, 8, 12])
  await rejectsWith(at('onnx'), 'DDNN_MODEL_MISSING', /one .onnx file in/, /bare, told/)
  await writeFile(at('onnx', 'bare', 'other.onnx'), 'bytes')
  await rejectsWith(
    at('onnx', 'bare'),
    'DDNN_MODEL_MISSING',
    /one .onnx file in .*got Network.ONNX, other.onnx/,
    /a folder of its own/,
  )
  await rejectsWith(
    at('onnx', 'told', 'Network.ONNX'),
    'DDNN_MODEL_MISSING',
    /got a file/,
    /Pass its folder/,
  )
})

test('a tfjs model is taken before an ONNX file beside it', async () => {
  await cp(at('saved_models', 'edge'), at('both'), { recursive: true })
  await writeFile(at('both', 'edge.onnx'), 'bytes')
  assert.equal((await readModelFolder(at('both')))[0]?.format, 'tfjs-layers')
})

test('a manifest tells its submodel', async () => {
  await cp(at('saved_models', 'edge'), at('told', 'edge'), { recursive: true })
  await writeManifest(at('told', 'edge'), edgeManifest)
  const [spec] = await readModelFolder(at('told', 'edge'))
  assert.equal(spec?.family, edgeManifest.family)
  assert.deepEqual(spec?.place, { index: 0, count: 3 })
  assert.deepEqual(spec?.features, [8, 8, 12])
  assert.deepEqual(spec?.exits, [
    { index: 0, gives: 'logits', temperature: 0.62, threshold: 0.86, accuracy: 0.8 },
  ])
  assert.deepEqual(spec?.labels, edgeManifest.labels)
  assert.deepEqual(spec?.preprocessing, { height: 33, width: 31, scale: 1 / 255 })
})

test('a list of stages gives its submodels in its order', async () => {
  const list = at('saved_models', 'model')
  await writeManifest(list, { format: 1, stages: ['../edge', '../fog', '../cloud'] })
  const specs = await readModelFolder(list)
  assert.deepEqual(
    specs.map(({ name }) => name),
    ['edge', 'fog', 'cloud'],
  )
})

test('no such folder: the model folders near it are named', async () => {
  await rejectsWith(
    at('saved_models', 'egde'),
    'DDNN_MODEL_MISSING',
    /Expected '.*egde' to be a model folder, got nothing there/,
    /cloud.*edge.*fog/,
  )
  await rejectsWith(at('saved_models', 'a', 'b', 'c'), 'DDNN_MODEL_MISSING', /nothing there/, /fog/)
  await rejectsWith(
    at('saved_models', 'edge', 'model.json'),
    'DDNN_MODEL_MISSING',
    /got a file/,
    /Pass its folder/,
  )
})

test('no model in the folder: what is there is named, and what would be taken', async () => {
  await mkdir(at('empty'))
  await rejectsWith(
    at('empty'),
    'DDNN_MODEL_MISSING',
    /model.json.*saved_model.pb.*an empty folder/,
  )
  await mkdir(at('weights-only'))
  await writeFile(at('weights-only', 'model.h5'), 'x')
  await rejectsWith(at('weights-only'), 'DDNN_MODEL_MISSING', /got model.h5/)
  await rejectsWith(at('saved_models'), 'DDNN_MODEL_MISSING', /got cloud/, /cloud, edge, fog/)
})

test('weights that are missing or cut short are named with their bytes', async () => {
  await cp(at('saved_models', 'edge'), at('cut'), { recursive: true })
  await truncate(at('cut', 'weights.bin'), 1000)
  await rejectsWith(at('cut'), 'DDNN_MODEL_DAMAGED', /Expected 5140 bytes .*weights.bin', got 1000/)
  await rm(at('cut', 'weights.bin'))
  await rejectsWith(
    at('cut'),
    'DDNN_MODEL_DAMAGED',
    /Expected weights in .*weights.bin', got no file/,
  )
})

test('a model.json that is none is named', async () => {
  await mkdir(at('broken'))
  for (const [text, message] of [
    ['{ "format": ', /Expected JSON in/],
    ['[]', /Expected a tfjs model in .*expected object/],
    ['{"format":"layers-model","modelTopology":{}}', /weightsManifest/],
    ['{"format":"onnx","modelTopology":{},"weightsManifest":[]}', /got "onnx"/],
  ] as const) {
    await writeFile(at('broken', 'model.json'), text)
    await rejectsWith(at('broken'), 'DDNN_MODEL_DAMAGED', message)
  }
})

test('an empty SavedModel is named', async () => {
  await mkdir(at('pb'))
  await writeFile(at('pb', 'saved_model.pb'), '')
  await rejectsWith(at('pb'), 'DDNN_MODEL_DAMAGED', /got 0 bytes/)
})

test('a wrong manifest is named, and each of its wrong fields', async () => {
  await cp(at('saved_models', 'edge'), at('wrong'), { recursive: true })
  const wrong = { ...edgeManifest, labels: ['one'], exits: [] }
  await writeFile(at('wrong', 'ddnn.json'), JSON.stringify(wrong))
  await rejectsWith(at('wrong'), 'DDNN_MODEL_DAMAGED', /ddnn.json.*exits.*labels/)
  await writeFile(at('wrong', 'ddnn.json'), 'edge')
  await rejectsWith(at('wrong'), 'DDNN_MODEL_DAMAGED', /Expected JSON in .*ddnn.json/)
})

test('a stage that is missing, or a list itself, is named with who names it', async () => {
  await mkdir(at('lists'))
  await writeManifest(at('lists', 'a'), { format: 1, stages: ['../nowhere'] })
  await rejectsWith(
    at('lists', 'a'),
    'DDNN_MODEL_MISSING',
    /nowhere' to be a model folder, which '.*a.ddnn.json' names/,
  )
  await writeManifest(at('lists', 'b'), { format: 1, stages: ['.'] })
  await rejectsWith(at('lists', 'b'), 'DDNN_MODEL_DAMAGED', /stage '\.'.*got a list of stages/)
})

test('a manifest may leave out what a model from elsewhere does not know', async () => {
  await cp(at('saved_models', 'edge'), at('partial'), { recursive: true })
  const preprocessing = { height: 32, width: 32, scale: 1 }
  const outputs = ['features', 'exit']
  await writeFile(at('partial', 'ddnn.json'), JSON.stringify({ format: 1, preprocessing, outputs }))
  const [spec] = await readModelFolder(at('partial'))
  assert.deepEqual(spec?.preprocessing, preprocessing)
  assert.deepEqual(spec?.outputs, outputs)
  assert.equal(spec?.family, undefined)
  assert.equal(spec?.exits, undefined)
})

test('what a manifest does say is still checked', async () => {
  await cp(at('saved_models', 'edge'), at('wrong'), { recursive: true })
  await writeFile(at('wrong', 'ddnn.json'), '{ "format": 1, "scale": 1, "labels": "a" }')
  await rejectsWith(at('wrong'), 'DDNN_MODEL_DAMAGED', /labels: .*scale/s)
})

const savedModel = join(goldenFolder, 'small', 'saved-model')
for (const [what, file, bytes, message, hint] of [
  ['an empty graph', 'saved_model.pb', '', /saved_model\.pb', got 0 bytes/, /whole folder/],
  [
    'a graph that Git LFS holds back',
    'saved_model.pb',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
    /saved_model\.pb' whole, got a Git LFS pointer/,
    /git lfs pull/,
  ],
  ['no index', 'variables/variables.index', undefined, /variables\.index', got no file/, /whole/],
  [
    'no variables',
    'variables/variables.data-00000-of-00001',
    undefined,
    /variables\.data-00000-of-00001', got no file/,
    /whole folder/,
  ],
] as const) {
  test(`a SavedModel that is not whole is named: ${what}`, async () => {
    const target = at(what)
    await cp(savedModel, target, { recursive: true })
    if (bytes === undefined) await rm(join(target, file))
    else await writeFile(join(target, file), bytes)
    await rejectsWith(target, 'DDNN_MODEL_DAMAGED', message, hint)
  })
}

for (const [name, hint] of [
  ['edge.h5', /load_model\('edge\.h5', compile=False\);.*training=False.*\.export\('edge'\)/],
  ['edge.keras', /load_model\('edge\.keras', compile=False\);.*training=False.*\.export\('edge'\)/],
  ['edge.tflite', /training=False\)\)\.export\('edge'\)/],
  ['edge.weights.h5', /weights alone.*load_weights\('edge\.weights\.h5'\).*export\('edge'\)/],
  ['frozen.pb', /--graphdef frozen\.pb .* --output frozen\/model\.onnx/],
  ['net.pth', /torch\.onnx\.export\(model\.eval\(\), example, 'net\/model\.onnx'/],
] as const) {
  test(`a model in one file gets the way to export it: ${name}`, async () => {
    await mkdir(at('files', name, 'inside'), { recursive: true })
    const inFolder = at('files', name, 'inside')
    await writeFile(join(inFolder, name), 'x')
    await rejectsWith(join(inFolder, name), 'DDNN_MODEL_MISSING', /got a file/, hint)
    await rejectsWith(inFolder, 'DDNN_MODEL_MISSING', new RegExp(`got ${name}`), hint)
  })
}
