// The contracts on onnxruntime-node: layers models compiled as they are loaded, and the same networks as
// ONNX files with their channels last and first.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import type { SubmodelSpec } from '../../../../src/domain/submodel.ts'
import type { Shape } from '../../../../src/domain/tensor.ts'
import { WorkerEngine } from '../../../../src/serving/engine/host/worker-engine.ts'
import { loadOnnxRuntime } from '../../../../src/serving/engine/onnx/onnx-runtime.ts'
import { readModelFolder } from '../../../../src/model/folder.ts'
import { compileLayers } from '../../../../src/model/onnx/compile-layers.ts'
import { engineContract } from '../../../contract/engine-contract.ts'
import {
  channelsFirst,
  refusesFormat,
  runtimeContract,
} from '../../../contract/runtime-contract.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-onnx-'))
})
after(() => rm(folder, { recursive: true }))

/** Writes a layers model as an ONNX file, and reads its folder as a user's; what its manifest said stays. */
async function toOnnx(spec: SubmodelSpec, layout: 'nhwc' | 'nchw'): Promise<SubmodelSpec> {
  const { bytes } = await compileLayers(spec.folder, { layout })
  const target = await mkdtemp(join(folder, `${layout}-`))
  await writeFile(join(target, `${spec.name}.onnx`), bytes)
  const [read] = await readModelFolder(target)
  assert.equal(read?.format, 'onnx')
  const turned = (shape: Shape) =>
    layout === 'nchw' && shape.length === 3 ? channelsFirst(shape) : shape
  // Images stay as ddnn has them; features are as the file has them.
  const isFirst = (spec.place?.index ?? 0) === 0
  return {
    ...spec,
    format: 'onnx',
    folder: target,
    input: spec.input === undefined || isFirst ? spec.input : turned(spec.input),
    features: spec.features == null ? spec.features : turned(spec.features),
  }
}

runtimeContract('onnx, layers compiled', loadOnnxRuntime, {
  tolerance: 1e-5,
})
runtimeContract('onnx, files with channels last', loadOnnxRuntime, {
  tolerance: 1e-5,
  convert: (spec) => toOnnx(spec, 'nhwc'),
})
runtimeContract('onnx, files with channels first', loadOnnxRuntime, {
  tolerance: 1e-5,
  convert: (spec) => toOnnx(spec, 'nchw'),
  isChannelsFirst: true,
})
refusesFormat(loadOnnxRuntime, 'saved-model', /--engine tensorflow/)
refusesFormat(loadOnnxRuntime, 'graph', /--engine tensorflow/)

const common = { name: 'onnx', onCrash: assert.ifError } as const

engineContract('onnx', (options) => WorkerEngine.start({ ...options, ...common }), {
  tolerance: 1e-5,
})
engineContract(
  'onnx',
  (options) =>
    WorkerEngine.start({
      ...options,
      ...common,
      startHere: () => Promise.resolve(loadOnnxRuntime()),
    }),
  { tolerance: 1e-5, how: 'short passes on the thread that asks' },
)
