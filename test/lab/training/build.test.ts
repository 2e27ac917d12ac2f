// Networks before their training: sizes that they cannot take, recipes and modules that are wrong.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { driftingNorms } from '../../../src/lab/training/drifting-norms.ts'
import { buildFamily, type BuildOptions } from '../../../src/lab/training/build.ts'
import { withoutDraws } from '../../../src/model/networks/without-draws.ts'
import { resolveNetwork } from '../../../src/lab/training/networks.ts'
import { networkNames } from '../../../src/domain/lab-words.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import { repoPath } from '../../helpers/paths.ts'

// What is asked here of networks are their shapes.
const tf = withoutDraws(loadTfjsNode())
let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-build-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function build(more: Partial<BuildOptions>, classes = 4) {
  const options: BuildOptions = {
    network: 'compact',
    modelModule: undefined,
    height: 48,
    width: 48,
    seed: 1,
    recipe: undefined,
    learningRate: undefined,
    ...more,
  }
  return buildFamily(tf, await resolveNetwork(options), classes, options)
}

for (const [network, least] of [
  ['original', 38],
  ['vgg16', 32],
] as const) {
  test(`${network} takes images of ${least} x ${least}, and names that size for smaller ones`, async () => {
    const { family } = await build({ network, height: least, width: least })
    family.dispose()
    for (const [height, width] of [
      [20, 20],
      [least, least - 1],
    ] as const) {
      await assert.rejects(build({ network, height, width }), {
        code: 'DDNN_CONFIG_INVALID',
        message: `Expected images of at least ${least}x${least} for --network ${network}, got ${height}x${width}`,
      })
    }
  })
}

test('every network takes images that are larger than it was made for, and not square', async () => {
  for (const network of networkNames) {
    const { family } = await build({ network, height: 70, width: 101 })
    assert.deepEqual(family.whole.inputs[0]?.shape, [null, 70, 101, 3], network)
    family.dispose()
  }
})

test('a training size is trained on, and counts for the least size', async () => {
  const recipe = { trainingScale: 0.5 }
  const { family } = await build({ network: 'vgg16', height: 64, width: 64, recipe })
  assert.deepEqual(family.trained.inputs[0]?.shape, [null, 32, 32, 3])
  family.dispose()
  await assert.rejects(build({ network: 'vgg16', height: 40, width: 40, recipe }), {
    message: /at least 63x63/,
  })
})

test("options change the network's own recipe, and one that is none is told by its fields", async () => {
  const { family, recipe } = await build({ recipe: { mixup: 0.3 }, learningRate: 0.5 })
  assert.equal(recipe.mixup, 0.3)
  assert.equal(recipe.learningRate, 0.5)
  assert.deepEqual(recipe.lossWeights, [0.3, 0.45, 1])
  family.dispose()
  await assert.rejects(build({ recipe: { mixup: 7 } }), {
    code: 'DDNN_CONFIG_INVALID',
    message: /recipe.*mixup/,
  })
})

test('the worked example of recipes is a network, for the size and classes it is given', async () => {
  const modelModule = repoPath('recipes', 'two-tier-network.mjs')
  const { family, recipe } = await build({ modelModule, height: 30, width: 20 }, 7)
  assert.deepEqual(
    family.submodels.map(({ name, features, exitCount }) => [name, features, exitCount]),
    [
      ['near', [15, 10, 8], 1],
      ['far', null, 1],
    ],
  )
  assert.deepEqual(recipe.lossWeights, [0.5, 1])
  family.dispose()
})

for (const [what, text, message] of [
  ['no createNetwork', 'export const other = 1', /to export createNetwork, got undefined/],
  ['a wrong return', 'export const createNetwork = () => ({})', /own.mjs': Expected parts/],
  [
    'an error of its own',
    "export const createNetwork = () => { throw new Error('no such thing') }",
    /own.mjs'.*got the error "no such thing"/,
  ],
  ['no JavaScript', 'export const', /own.mjs' to load, got SyntaxError/],
] as const) {
  test(`a module with ${what} is refused, naming the module`, async () => {
    const modelModule = join(folder, `${what.replaceAll(' ', '-')}-own.mjs`)
    await writeFile(modelModule, text)
    await assert.rejects(build({ modelModule }), { code: 'DDNN_MODULE_INVALID', message })
  })
}

test('layers to freeze that no layer is called by are refused, with those that there are', async () => {
  await assert.rejects(build({ recipe: { freeze: { edge: 0.5, brim_conv1: 0.1 } } }), {
    code: 'DDNN_CONFIG_INVALID',
    message:
      /recipe\.freeze to name the beginning of layers that learn, got 'brim_conv1'; .*edge_conv1/,
  })
})

test('a number that is only the beginning of those of layers is of no layer', async () => {
  await assert.rejects(
    build({ network: 'compact-32', recipe: { freeze: { edge_conv: 0, fog_conv3: 0 } } }),
    {
      code: 'DDNN_CONFIG_INVALID',
      message: /recipe\.freeze to name the beginning of layers that learn, got 'fog_conv3'; /,
    },
  )
})

test('no network keeps statistics of a normalisation while layers in front of it learn on', async () => {
  for (const network of networkNames) {
    const { family, recipe } = await build({ network })
    assert.deepEqual(driftingNorms(family.whole, recipe.freeze), [], network)
    family.dispose()
  }
})

test('a normalisation that is frozen earlier than what stands in front of it is told with the last of these', async () => {
  const { family } = await build({ network: 'compact-32' })
  const drifting = (freeze: Record<string, number>) => driftingNorms(family.whole, freeze)
  const from = 0.3
  // The whitening layer, which alone stands in front of the first one, never learns.
  assert.deepEqual(drifting({ edge_norm1: from }), [])
  const [second] = family.whole.layers
    .map(({ name }) => name)
    .filter((name) => /^edge_norm/.test(name) && name !== 'edge_norm1')
  assert.ok(second !== undefined)
  const [found, ...others] = drifting({ [second]: from })
  assert.deepEqual([found?.layer, found?.from, others], [second, from, []])
  assert.match(found?.behind ?? '', /^edge_conv/)
  // As late, or with all of it, nothing drifts; what is behind it may learn on.
  assert.deepEqual(drifting({ edge: from }), [])
  assert.deepEqual(drifting({ edge_norm: from, edge_conv: from }), [])
  const [late] = drifting({ edge_norm: from, edge_conv: 0.5 })
  assert.equal(late?.from, from)
  family.dispose()
})

test('with a codec between parts the trained model has what the served one has not', async () => {
  const { family } = await build({ recipe: { featureCodec: 'int4' } })
  const links = (model: typeof family.whole) =>
    model.layers.filter((layer) => layer.getClassName() === 'Link').map(({ name }) => name)
  assert.deepEqual(links(family.trained), ['fog_link', 'cloud_link'])
  assert.deepEqual(links(family.whole), [])
  family.dispose()
})
