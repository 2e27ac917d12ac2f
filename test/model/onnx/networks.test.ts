// Whole networks, compiled: those that are shipped, those that can be trained here, and the original's,
// against tfjs and against Keras' golden answers.
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { compileLayers } from '../../../src/model/onnx/compile-layers.ts'
import { createBLenetNetwork } from '../../../src/model/networks/b-lenet.ts'
import { assemble, type CreateNetwork } from '../../../src/model/networks/network.ts'
import { createOriginalNetwork } from '../../../src/model/networks/original.ts'
import { createVgg16Network } from '../../../src/model/networks/vgg16.ts'
import { withoutDraws } from '../../../src/model/networks/without-draws.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { goldenInput, goldenSamples, writeGoldenFamily } from '../../helpers/golden-model.ts'
import { repoPath } from '../../helpers/paths.ts'
import {
  assertNear,
  assertSameOutputs,
  randomizeWeights,
  runCompiled,
  saveModel,
  tf,
} from './compare.ts'

describe('shipped networks give what tfjs gives', () => {
  for (const name of ['edge', 'fog', 'cloud', 'cifar10/edge', 'cifar10/fog', 'cifar10/cloud']) {
    test(name, async () => {
      const folder = repoPath('saved_models', ...name.split('/'))
      await assertSameOutputs(folder, { tolerance: 1e-5 })
    })
  }
})

describe('networks that can be trained give what tfjs gives', () => {
  const networks: readonly [string, CreateNetwork, number][] = [
    ['vgg16', createVgg16Network, 32],
    ['b-lenet', createBLenetNetwork, 28],
    ['original', createOriginalNetwork, 61],
  ]
  for (const [name, create, side] of networks) {
    test(name, async () => {
      const size = { height: side, width: side }
      const { parts } = create(withoutDraws(tf), { ...size, classes: 5, seed: 3 })
      const family = assemble(tf, size, parts)
      for (const { model } of family.submodels) {
        randomizeWeights(model, 9)
        await assertSameOutputs(await saveModel(model), { tolerance: 2e-5, count: 1 })
      }
      // All exits in one model, which the parts' models share their layers with.
      await assertSameOutputs(await saveModel(family.whole), { tolerance: 1e-4, count: 1 })
      family.dispose()
    })
  }
})

describe("golden networks give Keras' answers", () => {
  for (const family of ['small', 'compact', 'original'] as const) {
    test(family, async () => {
      const submodels = await writeGoldenFamily(family, join(tempFolder(), family))
      const firstShape = (await compileLayers(submodels[0]?.spec.folder ?? '')).input.shape
      // Each submodel is given the features of the one before, as in a chain of tiers.
      let inputs = Array.from({ length: goldenSamples }, (_, k) => goldenInput(firstShape, k))
      for (const { spec, exits, features } of submodels) {
        const compiled = await compileLayers(spec.folder)
        const next: Float32Array[] = []
        for (const [k, input] of inputs.entries()) {
          const given = await runCompiled(compiled, input)
          const floats = given.map(({ data }) => data as Float32Array)
          const own = features === undefined ? undefined : floats.shift()
          if (own !== undefined) next.push(own)
          if (own !== undefined && features !== undefined && k === 0) {
            assertNear(own, features, 1e-5, `features of ${spec.name}`)
          }
          for (const [i, values] of floats.entries()) {
            const wanted = Float32Array.from(exits[k]?.[i] ?? [])
            assertNear(values, wanted, 1e-5, `exit ${i} of ${spec.name}, sample ${k}`)
          }
        }
        inputs = next
      }
    })
  }
})
