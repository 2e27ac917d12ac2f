// Both networks against Keras (golden.json, made by test/golden/networks/make-golden.py), and the promise of the
// seam: submodels run one after the other give what the whole model gives.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs-core'
import { createCompactNetwork } from '../../src/model/networks/compact.ts'
import {
  assemble,
  joinParts,
  type CreateNetwork,
  type Family,
  type LayersModel,
} from '../../src/model/networks/network.ts'
import { createOriginalNetwork } from '../../src/model/networks/original.ts'
import { loadTfjsNode } from '../../src/training/tfjs-node.ts'
import { repoPath } from '../helpers/paths.ts'

interface GoldenOutput {
  readonly shape: readonly number[]
  readonly mean: number
  readonly first: readonly number[]
}

interface GoldenNetwork {
  readonly height: number
  readonly width: number
  readonly classes: number
  readonly weights: number
  readonly outputs: readonly GoldenOutput[]
}

interface Golden {
  readonly networks: Readonly<Record<'original' | 'compact', readonly GoldenNetwork[]>>
}

const tf = loadTfjsNode()
const networks = { original: createOriginalNetwork, compact: createCompactNetwork } as const
const golden = JSON.parse(
  readFileSync(repoPath('test', 'golden', 'networks', 'golden.json'), 'utf8'),
) as Golden

// The formulas of make-golden.py.
const wave = (count: number, phase: number) =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + phase))
const phaseOf = (name: string) =>
  ([...name].reduce((sum, c, i) => sum + (i + 1) * c.charCodeAt(0), 0) % 1000) / 7

function setGoldenWeights(model: LayersModel): void {
  for (const layer of model.layers) {
    const isNorm = layer.getClassName() === 'BatchNormalization'
    const weights = layer.getWeights().map((old, i) => {
      const w = wave(old.size, phaseOf(layer.name) + i)
      const fanIn = old.shape.slice(0, -1).reduce((product, axis) => product * axis, 1)
      const normal = [[1, 0.2] as const, [0, 0.1] as const, [0, 0.1] as const, [0.6, 0.3] as const]
      const [shift, scale] = isNorm
        ? (normal[i] ?? [0, 1])
        : ([0, old.rank > 1 ? Math.sqrt(3 / fanIn) : 0.1] as const)
      return tf.tensor(
        Float32Array.from(w, (v) => shift + scale * v),
        old.shape,
      )
    })
    layer.setWeights(weights)
    tf.dispose(weights)
  }
}

function goldenImage(height: number, width: number): Tensor {
  const values = wave(2 * height * width * 3, 0.3)
  return tf.tensor(
    Float32Array.from(values, (v) => 0.5 + 0.5 * v),
    [2, height, width, 3],
  )
}

function build(
  createNetwork: CreateNetwork,
  options: { height: number; width: number; classes: number; seed?: number },
): Family {
  const { parts } = createNetwork(tf, { seed: 1, ...options })
  return assemble(tf, options, parts)
}

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

for (const name of ['original', 'compact'] as const) {
  for (const expected of golden.networks[name]) {
    const { height, width, classes } = expected
    test(`${name} gives Keras' outputs at ${height}x${width} with ${classes} classes`, () => {
      const family = build(networks[name], expected)
      setGoldenWeights(family.whole)
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
      return whole.getWeights().map((w) => [...w.dataSync()])
    })
    assert.deepEqual(again, first)
    assert.notDeepEqual(other, first)
  })
}

test("original has the original's shapes at 180 x 180", () => {
  const { submodels } = build(createOriginalNetwork, { height: 180, width: 180, classes: 5 })
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

/** Multiply-adds of one image, from the shapes of the layers. */
function multiplyAdds(model: LayersModel): number {
  return model.layers.reduce((sum, layer) => {
    const kernel = layer.getWeights().find(({ rank }) => rank > 1)
    if (kernel === undefined) return sum
    // Every kernel is applied once a place of its output.
    const nodes = model.layers.find(({ name }) => name === layer.name)?.inboundNodes ?? []
    const shape = (nodes[0]?.outputShapes[0] ?? []) as (number | null)[]
    const places = shape.slice(1, -1).reduce<number>((product, axis) => product * (axis ?? 1), 1)
    return sum + kernel.size * places
  }, 0)
}

test('compact is small, its edge cheap and its features narrow at 180 x 180', () => {
  const { whole, submodels } = build(createCompactNetwork, { height: 180, width: 180, classes: 5 })
  assert.deepEqual(
    submodels.map(({ name, features }) => [name, features]),
    [
      ['edge', [12, 12, 56]],
      ['fog', [12, 12, 96]],
      ['cloud', null],
    ],
  )
  assert.ok(whole.countParams() <= 740_000, `${whole.countParams()} weights`)
  const [edge = 0, fog = 0, cloud = 0] = submodels.map(({ model }) => multiplyAdds(model))
  assert.ok(edge / (edge + fog + cloud) <= 0.3, `${edge} of ${edge + fog + cloud} multiply-adds`)
})
