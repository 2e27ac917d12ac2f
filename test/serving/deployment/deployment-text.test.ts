// What `ddnn init` writes is what the reader reads, whatever folders are called.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { readFamilyTiers } from '../../../src/cli/family-tiers.ts'
import { deploymentText, shippedTiers } from '../../../src/serving/deployment/deployment-text.ts'
import { parseDeployment } from '../../../src/serving/deployment/read-deployment.ts'
import { needsOwnBroker, withBrokers } from '../../../src/serving/deployment/with-brokers.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { repoPath } from '../../helpers/paths.ts'

test('the shipped models are three tiers and a door, over a broker of our own', () => {
  const deployment = parseDeployment(deploymentText({ tiers: shippedTiers }), 'ddnn.yaml')
  assert.deepEqual(
    deployment.tiers.map(({ models }) => models.map(({ path }) => path)),
    ['edge', 'fog', 'cloud'].map((name) => [repoPath('saved_models', name)]),
  )
  assert.deepEqual(deployment.door, { httpPort: 8080, grpcPort: 8081, flags: {} })
  assert.ok(needsOwnBroker(deployment))
  const elsewhere = withBrokers(deployment, 'k:9092')
  assert.ok(!needsOwnBroker(elsewhere))
  assert.ok(elsewhere.links.every(({ brokers }) => brokers === 'k:9092'))
})

test('links that name brokers of their own keep them', () => {
  const text = `${deploymentText({ tiers: shippedTiers })}links: [{ between: [edge, fog], brokers: far }]`
  const { links } = withBrokers(parseDeployment(text, 'ddnn.yaml'), 'k:9092')
  assert.deepEqual(
    links.map(({ brokers }) => brokers),
    ['k:9092', 'far:9092', 'k:9092'],
  )
})

test('any names and folders are read as they were written', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$/)
  const folder = fc.string({ minLength: 1, unit: 'grapheme-ascii' })
  const models = fc.array(folder, { minLength: 1, maxLength: 3 })
  const tier = fc.record({ name, models }, { noNullPrototype: true })
  const tiers = fc.uniqueArray(tier, {
    selector: (one) => one.name,
    minLength: 1,
    maxLength: 4,
  })
  const isFree = (all: readonly { readonly name: string }[]) =>
    all.every((one) => !['device', 'door', 'kafka', 'ddnn'].includes(one.name))
  fc.assert(
    fc.property(tiers.filter(isFree), (given) => {
      const read = parseDeployment(deploymentText({ tiers: given }), 'ddnn.yaml')
      assert.deepEqual(
        read.tiers.map(({ name: said, models }) => ({
          name: said,
          models: models.map(({ written }) => written),
        })),
        given,
      )
    }),
  )
})

test('a trained family is a tier a submodel, by its list of stages or by their places', async () => {
  const folder = tempFolder()
  const family = join(folder, 'mine')
  cpSync(repoPath('saved_models', 'cifar10'), family, { recursive: true })
  const expected = ['edge', 'fog', 'cloud'].map((name) => ({ name, models: [`mine/${name}`] }))
  assert.deepEqual(await readFamilyTiers(family, folder), expected)
  assert.deepEqual(await readFamilyTiers(join(family, 'model'), folder), expected)
  rmSync(join(family, 'model'), { recursive: true })
  assert.deepEqual(await readFamilyTiers(family, folder), expected)
})

test('a family with a submodel missing, and a folder without one, are refused', async () => {
  const folder = tempFolder()
  mkdirSync(join(folder, 'empty'))
  const code = 'DDNN_MODEL_MISSING'
  await assert.rejects(readFamilyTiers(join(folder, 'empty'), folder), {
    code,
    message: /got none/,
  })
  for (const name of ['edge', 'cloud']) {
    cpSync(repoPath('saved_models', 'cifar10', name), join(folder, name), { recursive: true })
  }
  await assert.rejects(readFamilyTiers(folder, folder), {
    code,
    message: /got edge \(1 of 3\), cloud \(3 of 3\)/,
  })
})
