// The commands of plans: every one is taken by the parser, and each process finds who answers it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../../src/cli/parse.ts'
import { resolveRun } from '../../../src/cli/roles.ts'
import { calibratedFoldersOf, planRecord } from '../../../src/lab/plan/apply.ts'
import { candidatesOf } from '../../../src/lab/plan/choose.ts'
import { commandsOf, type PlannedProcess } from '../../../src/lab/plan/commands.ts'
import { madeFacts, madeOptions, makePlace } from './made-facts.ts'

const options = {
  ...madeOptions,
  places: madeOptions.places.map(({ name }) => makePlace(name)),
}
const input = ['-i', 'IMAGES', '-l', 'labels.txt']

function configOf({ command }: PlannedProcess) {
  assert.equal(command[0], 'ddnn')
  const { values, problems } = parseCommandLine('run', command.slice(1), {})
  const found = [...problems]
  const config = resolveRun(values, found)
  assert.deepEqual(found, [])
  assert.ok(config)
  assert.deepEqual(config.warnings, [])
  return config
}

test('every plan is processes that ddnn starts, and each one asks the topic that the next one answers', () => {
  const splits = new Set<string>()
  for (const candidate of candidatesOf(madeFacts, options)) {
    const device = options.places[0]
    assert.ok(device)
    const configs = commandsOf(candidate, madeFacts, { device, input }).map(configOf)
    splits.add(configs.map(({ name }) => name).join())
    const asking = configs.at(-1)
    assert.ok(asking && asking.role !== 'tier', 'the device is started last, when all others wait')
    let front = asking.front
    for (const config of configs.slice(0, -1).toReversed()) {
      assert.ok(config.role === 'tier' && front)
      assert.equal(config.back.requestTopic, front.requestTopic)
      assert.equal(config.back.replyTopic, front.replyTopic)
      assert.deepEqual(config.back.requestBrokers, front.requestBrokers)
      front = config.front
    }
    assert.equal(front, undefined)
    assert.deepEqual(
      configs.toReversed().flatMap(({ models }) => models),
      madeFacts.stages.map(({ folder }) => folder),
    )
  }
  assert.deepEqual([...splits].sort(), [
    'cloud,device',
    'cloud,edge,device',
    'device',
    'edge,device',
  ])
})

test('thresholds and codecs go into manifests: a codec where features leave, none on the last exit', () => {
  const found = [...candidatesOf(madeFacts, madeOptions)]
  const split = found.find(({ arrangement: { tiers } }) => tiers.length === 2)
  const whole = found.find(({ arrangement: { tiers } }) => tiers.length === 1)
  assert.ok(split && whole)
  const [small, large] = calibratedFoldersOf(split, madeFacts)
  assert.equal(small?.folder, '/models/small')
  assert.equal(small?.featureCodec, 'int8')
  assert.equal(small?.exits[0]?.threshold, 0.5)
  assert.equal(large?.featureCodec, undefined)
  assert.equal(large?.exits[0]?.threshold, undefined)
  assert.equal(calibratedFoldersOf(whole, madeFacts)[0]?.featureCodec, undefined)
  const facts = { date: 'now', goal: 'g', dataHash: 'h', chosenOn: 1, testedOn: 2 }
  const versions = [split, whole].map(
    (one) => planRecord(calibratedFoldersOf(one, madeFacts), facts).version,
  )
  assert.notEqual(versions[0], versions[1])
})
