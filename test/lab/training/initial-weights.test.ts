// A family that begins with the weights of another one on disk.
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createCompact32Network } from '../../../src/model/networks/compact-32.ts'
import { createBLenetNetwork } from '../../../src/model/networks/b-lenet.ts'
import { assemble, type CreateNetwork, type Family } from '../../../src/model/networks/network.ts'
import { modelFiles } from '../../../src/model/weights.ts'
import { takeInitialWeights } from '../../../src/lab/training/initial-weights.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'

const tf = loadTfjsNode()
const labels = ['a', 'b', 'c']
const size = { height: 16, width: 16 }
let folder = ''
const exitWeights = ['cloud', 'edge', 'fog'].flatMap((part) => [
  `${part}_exit/bias`,
  `${part}_exit/kernel`,
])

function build(create: CreateNetwork, classes: number, seed: number): Family {
  return assemble(tf, size, create(tf, { ...size, classes, seed }).parts)
}

const numbersOf = ({ whole }: Family) => whole.getWeights().map((weight) => [...weight.dataSync()])

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-initial-'))
  const trained = build(createCompact32Network, 3, 1)
  for (const { name, model } of trained.submodels) await model.save(modelFiles(join(folder, name)))
  trained.dispose()
})

after(() => rm(folder, { recursive: true, force: true }))

test('a family takes over all weights of one of the same network', async () => {
  const trained = build(createCompact32Network, 3, 1)
  const family = build(createCompact32Network, 3, 2)
  assert.notDeepEqual(numbersOf(family), numbersOf(trained))
  const { taken, all, fresh } = await takeInitialWeights(tf, family, folder, labels)
  assert.equal(taken, all)
  assert.deepEqual(fresh, [])
  assert.deepEqual(numbersOf(family), numbersOf(trained))
  family.dispose()
  trained.dispose()
})

test('for other labels the exits begin anew and are named', async () => {
  const family = build(createCompact32Network, 5, 2)
  const { fresh } = await takeInitialWeights(tf, family, folder, [...labels, 'd', 'e'])
  assert.deepEqual([...fresh].sort(), exitWeights)
  family.dispose()
})

test('for as many other labels, or the same ones in another order, the exits begin anew too', async () => {
  const named = join(folder, 'named')
  for (const part of ['edge', 'fog', 'cloud']) {
    await cp(join(folder, part), join(named, part), { recursive: true })
    await writeFile(join(named, part, 'ddnn.json'), JSON.stringify({ format: 1, labels }))
  }
  const family = build(createCompact32Network, 3, 2)
  for (const others of [
    ['a', 'b', 'd'],
    ['b', 'a', 'c'],
  ]) {
    const { fresh } = await takeInitialWeights(tf, family, named, others)
    assert.deepEqual([...fresh].sort(), exitWeights)
  }
  const { fresh } = await takeInitialWeights(tf, family, named, labels)
  assert.deepEqual(fresh, [])
  family.dispose()
})

test('another network is refused, though its parts are named alike and its biases would fit', async () => {
  const other = build(createBLenetNetwork, 3, 1)
  await assert.rejects(takeInitialWeights(tf, other, folder, labels), {
    code: 'DDNN_CONFIG_INVALID',
  })
  other.dispose()
})

test('a folder without a submodel is refused', async () => {
  const family = build(createCompact32Network, 3, 2)
  const nowhere = join(folder, 'nowhere')
  await assert.rejects(takeInitialWeights(tf, family, nowhere, labels), {
    code: 'DDNN_MODEL_MISSING',
  })
  family.dispose()
})

test('no tensors are left behind', async () => {
  const family = build(createCompact32Network, 3, 2)
  const before = tf.memory().numTensors
  await takeInitialWeights(tf, family, folder, labels)
  assert.equal(tf.memory().numTensors, before)
  family.dispose()
})
