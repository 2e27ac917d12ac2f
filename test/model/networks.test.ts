// Every network against Keras (golden.json, made by test/golden/networks/make-golden.py), and the promise of the
// seam: submodels run one after the other give what the whole model gives.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs-core'
import { createBLenetNetwork } from '../../src/model/networks/b-lenet.ts'
import { assemble, joinParts, type Family } from '../../src/model/networks/network.ts'
import { createOriginalNetwork } from '../../src/model/networks/original.ts'
import { createVgg16Network } from '../../src/model/networks/vgg16.ts'
import { costsOf, multiplyAdds } from '../../src/model/multiply-adds.ts'
import { loadTfjsNode } from '../../src/lab/training/tfjs-node.ts'
import { sizeOf } from '../../src/domain/tensor.ts'
import {
  build,
  buildGolden,
  buildUndrawn,
  golden,
  goldenImage,
  networkNames,
  networks,
  type NetworkName,
} from '../helpers/golden-networks.ts'
import { repoPath } from '../helpers/paths.ts'

const tf = loadTfjsNode()

/** All outputs of the submodels, each fed with the features of the one before. */
function runChain(family: Family, image: Tensor): Tensor[] {
  const outputs: Tensor[] = []
  let input = image
  for (const { model, features } of family.submodels) {
    const given = [model.predict(input)].flat()
    outputs.push(...given)
    if (features !== null) input = given[0] as Tensor
  }
  return outputs
}

function assertClose(got: number, wanted: number, what: string): void {
  const tolerance = 1e-4 * Math.max(1, Math.abs(wanted))
  assert.ok(Math.abs(got - wanted) <= tolerance, `${what}: expected ${wanted}, got ${got}`)
}

for (const name of networkNames) {
  for (const expected of golden.networks[name]) {
    const { height, width, classes } = expected
    test(`${name} gives Keras' outputs at ${height}x${width} with ${classes} classes`, () => {
      const family = buildGolden(name, expected)
      assert.equal(family.whole.countParams(), expected.weights)
      const outputs = runChain(family, goldenImage(height, width))
      assert.equal(outputs.length, expected.outputs.length)
      for (const [i, wanted] of expected.outputs.entries()) {
        const output = outputs[i] as Tensor
        assert.deepEqual(output.shape.slice(1), wanted.shape, `shape of output ${i}`)
        const values = [...output.dataSync()]
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        assertClose(mean, wanted.mean, `mean of output ${i}`)
        for (const [j, value] of wanted.first.entries()) {
          assertClose(values[j] as number, value, `value ${j} of output ${i}`)
        }
      }
    })
  }

  test(`${name}: submodels one after the other give the exits of the whole model`, () => {
    const family = build(networks[name], { height: 50, width: 70, classes: 3 })
    const image = tf.randomUniform([2, 50, 70, 3], 0, 1, 'float32', 5)
    const whole = [family.whole.predict(image)].flat().map((exit) => [...exit.dataSync()])
    const exits = family.submodels
      .reduce<{ outputs: Tensor[]; found: Tensor[] }>(
        ({ outputs, found }, { features, exitCount }) => {
          const from = features === null ? 0 : 1
          found.push(...outputs.slice(from, from + exitCount))
          return { outputs: outputs.slice(from + exitCount), found }
        },
        { outputs: runChain(family, image), found: [] },
      )
      .found.map((exit) => [...exit.dataSync()])
    assert.deepEqual(exits, whole)
  })

  test(`${name}: the same seed gives the same first weights, another seed others`, () => {
    const options = { height: 40, width: 40, classes: 2 }
    const [first, again, other] = [7, 7, 8].map((seed) => {
      const { whole } = build(networks[name], { ...options, seed })
      const hash = createHash('sha256')
      for (const weight of whole.getWeights()) hash.update(weight.dataSync())
      return hash.digest('hex')
    })
    assert.equal(again, first)
    assert.notEqual(other, first)
  })
}

test("original has the original's shapes at 180 x 180", () => {
  const { submodels } = buildUndrawn(createOriginalNetwork, { height: 180, width: 180, classes: 5 })
  assert.deepEqual(
    submodels.map(({ name, features }) => [name, features]),
    [
      ['model_1', [89, 89, 32]],
      ['model_2', [43, 43, 32]],
      ['model_3', [20, 20, 64]],
      ['model_4', [9, 9, 64]],
      ['model_5', [1024]],
      ['model_6', [512]],
      ['model_7', [256]],
      ['model_8', null],
    ],
  )
  assert.ok(submodels.every(({ exitCount }) => exitCount === 1))
})

test('parts joined into tiers give the same exits as before', () => {
  const options = { height: 64, width: 64, classes: 4, seed: 3 }
  const { parts } = createOriginalNetwork(tf, options)
  const whole = assemble(tf, options, parts).whole
  const tiers = assemble(tf, options, [
    joinParts('edge', parts.slice(0, 2)),
    joinParts('fog', parts.slice(2, 4)),
    joinParts('cloud', parts.slice(4)),
  ])
  assert.deepEqual(
    tiers.submodels.map(({ name, exitCount, model }) => [name, exitCount, model.outputs.length]),
    [
      ['edge', 2, 3],
      ['fog', 2, 3],
      ['cloud', 4, 4],
    ],
  )
  const image = tf.randomUniform([1, 64, 64, 3], 0, 1, 'float32', 5)
  const wanted = [whole.predict(image)].flat().map((exit) => [...exit.dataSync()])
  const got = [tiers.whole.predict(image)].flat().map((exit) => [...exit.dataSync()])
  assert.deepEqual(got, wanted)
})

/** Name, multiply-adds in millions and features of each submodel. */
function costs(name: NetworkName, side: number, classes: number) {
  const { submodels } = buildUndrawn(networks[name], { height: side, width: side, classes })
  return submodels.map((submodel) => ({
    name: submodel.name,
    millions: Math.round(multiplyAdds(submodel.model) / 1e4) / 100,
    features: submodel.features,
  }))
}

function edgeShare(parts: readonly { readonly millions: number }[]): number {
  return (parts[0]?.millions ?? NaN) / parts.reduce((sum, { millions }) => sum + millions, 0)
}

test('compact: a cheap edge, and a cut below 8,100 bytes as int8, at 180 x 180', () => {
  const parts = costs('compact', 180, 5)
  assert.deepEqual(parts, [
    { name: 'edge', millions: 53.64, features: [12, 12, 56] },
    { name: 'fog', millions: 51.76, features: [12, 12, 128] },
    { name: 'cloud', millions: 95.55, features: null },
  ])
  assert.ok(sizeOf(parts[0]?.features ?? []) <= 8100)
  assert.ok(edgeShare(parts) <= 0.3)
})

test('compact-32: at most 100 M multiply-adds, a cheap edge and a cut of 1,372 bytes as int4, at 32 x 32', () => {
  const parts = costs('compact-32', 32, 10)
  assert.deepEqual(parts, [
    { name: 'edge', millions: 23.64, features: [7, 7, 56] },
    { name: 'fog', millions: 34.41, features: [7, 7, 184] },
    { name: 'cloud', millions: 39.08, features: null },
  ])
  assert.ok(parts.reduce((sum, { millions }) => sum + millions, 0) <= 100)
  assert.ok(edgeShare(parts) <= 0.25)
})

test("vgg16 has VGG16's thirteen convolutions on the way to the cloud, and an edge of 30 %", () => {
  const parts = costs('vgg16', 32, 10)
  assert.deepEqual(parts, [
    { name: 'EDGE', millions: 96.14, features: [8, 8, 128] },
    { name: 'FOG', millions: 103.81, features: [4, 4, 256] },
    { name: 'CLOUD', millions: 123.21, features: null },
  ])
  assert.ok(edgeShare(parts) <= 0.3)
  const { whole, wholeName } = buildUndrawn(createVgg16Network, {
    height: 32,
    width: 32,
    classes: 10,
  })
  assert.equal(wholeName, 'FULL_MODEL')
  assert.deepEqual(whole.outputNames, ['edge', 'fog', 'cloud'])
  const convolutions = whole.layers.filter((layer) => layer.getClassName() === 'Conv2D')
  const filters = convolutions.map((layer) => layer.getWeights()[0]?.shape[3])
  const ofVgg = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
  // One more is the fog exit's own.
  assert.deepEqual(filters.toSorted(byNumber), [...ofVgg, 256].toSorted(byNumber))
})

test("b-lenet has BranchyNet's shapes at 28 x 28", () => {
  const { whole } = buildUndrawn(createBLenetNetwork, { height: 28, width: 28, classes: 10 })
  const kernels = whole.layers.flatMap((layer) => layer.getWeights().slice(0, 1))
  assert.deepEqual(
    kernels.map(({ shape }) => shape.join('x')).toSorted(),
    // lenet_mnist.py, but for the three channels of the first.
    ['5x5x3x5', '3x3x5x10', '640x10', '5x5x5x10', '5x5x10x20', '720x84', '84x10'].toSorted(),
  )
  assert.deepEqual(
    costs('b-lenet', 28, 10).map(({ name, millions, features }) => [name, millions, features]),
    [
      ['edge', 0.45, [15, 15, 5]],
      ['cloud', 1.03, null],
    ],
  )
})

test('docs/networks.md has the costs that these networks have', () => {
  const rows = readFileSync(repoPath('docs', 'networks.md'), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  for (const [name, side, classes] of [
    ['compact', 180, 5],
    ['compact-32', 32, 10],
    ['vgg16', 32, 10],
    ['b-lenet', 28, 10],
    ['original', 180, 5],
  ] as const) {
    const heading = `\`${name}\`, ${side} x ${side}, ${classes}`
    const first = rows.findIndex((cells) => cells[1] === heading)
    assert.ok(first > 0, heading)
    const options = { height: side, width: side, classes }
    const costs = costsOf(buildUndrawn(networks[name], options).submodels)
    // The last three of the original share a row.
    for (const [i, cost] of costs.slice(0, name === 'original' ? 5 : undefined).entries()) {
      const [, , , part, adds, share, weights, cut, , int8] = rows[first + i] ?? []
      const digits = cost.multiplyAddsM < 2 ? 2 : 1
      assert.deepEqual(
        { part, adds, share, weights, cut, int8 },
        {
          part: `\`${cost.name}\``,
          adds: `${cost.multiplyAddsM.toFixed(digits)} M`,
          share: `${cost.sharePercent.toFixed(1)} %`,
          weights: cost.weights.toLocaleString('en'),
          cut: cost.features?.replaceAll('x', ' x ') ?? '',
          int8: cost.featuresInt8Kb?.toFixed(1) ?? '',
        },
      )
    }
  }
})

function byNumber(a: number | undefined, b: number | undefined): number {
  return (a ?? 0) - (b ?? 0)
}
