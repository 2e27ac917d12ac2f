// Deployments as processes: golden argv, each of which the command line takes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../../src/cli/parse.ts'
import { resolveRun } from '../../../src/cli/roles.ts'
import { deviceArgv, processesOf } from '../../../src/serving/deployment/processes-of.ts'
import { parseDeployment } from '../../../src/serving/deployment/read-deployment.ts'
import { repoPath } from '../../helpers/paths.ts'

const text = `kafka: { partitions: 4 }
tiers:
  - name: edge
    models: shipped/edge
    replicas: 2
    flags: { threshold: 0.5, tensorflow: true, create-topics: false }
  - name: cloud
    models: [shipped/fog, shipped/cloud]
links:
  - between: [edge, cloud]
    brokers: k1:9093,k2:9093
    flags: { feature-codec: int8 }
door:
  http-port: 8080
  grpc-port: 8081
`
const deployment = parseDeployment(text, 'ddnn.yaml')
const processes = processesOf(deployment, { ownBroker: 'here:1' })

test('tiers come replica by replica, then the door', () => {
  assert.deepEqual(
    processes.map(({ name, kind, replica }) => [name, kind, replica]),
    [
      ['edge', 'tier', 0],
      ['edge', 'tier', 1],
      ['cloud', 'tier', 0],
      ['door', 'door', 0],
    ],
  )
})

test('each process is called with what ddnn takes', () => {
  const lines = processes.map(({ argv }) => argv.join(' '))
  const models = repoPath('saved_models')
  const edge = (ordinal: number) =>
    `--name edge --models ${models}/edge` +
    ' --consumer-back here:1 --consumer-back-topic from_device_to_edge' +
    ' --producer-back here:1 --producer-back-topic from_edge_to_device' +
    ' --producer-front k1:9093,k2:9093 --producer-front-topic from_edge_to_cloud' +
    ' --consumer-front k1:9093,k2:9093 --consumer-front-topic from_cloud_to_edge' +
    ` --ordinal ${ordinal} --partitions 4 --feature-codec int8 --threshold 0.5 --tensorflow` +
    ' --no-create-topics'
  assert.deepEqual(lines, [
    edge(0),
    edge(1),
    `--name cloud --models ${models}/fog ${models}/cloud` +
      ' --consumer-back k1:9093,k2:9093 --consumer-back-topic from_edge_to_cloud' +
      ' --producer-back k1:9093,k2:9093 --producer-back-topic from_cloud_to_edge --partitions 4',
    '--name door' +
      ' --producer-front here:1 --producer-front-topic from_device_to_edge' +
      ' --consumer-front here:1 --consumer-front-topic from_edge_to_device' +
      ' --partitions 4 --http-port 8080 --grpc-port 8081',
  ])
})

test('the command line takes the argv of every tier, and makes the same of it', () => {
  for (const { name, argv } of processes.filter(({ kind }) => kind === 'tier')) {
    const line = parseCommandLine('run', argv, {})
    const problems = [...line.problems]
    const config = resolveRun(line.values, problems)
    assert.deepEqual(problems, [])
    assert.equal(config?.role, 'tier')
    assert.equal(config.name, name)
  }
})

test('the command line takes what a device is told to ask with', () => {
  const argv = ['-i', 'data/sample', '-l', 'data/labels.txt', '--name', 'device']
  const line = parseCommandLine('run', [...argv, ...deviceArgv(deployment)], {})
  const problems = [...line.problems]
  const config = resolveRun(line.values, problems)
  assert.deepEqual(problems, [])
  assert.equal(config?.role, 'device')
  assert.deepEqual(config.front?.requestBrokers, ['localhost:9092'])
})

test('a value that begins with a dash stays a value', () => {
  const { tiers } = parseDeployment(
    'tiers: [{ name: a, models: m, flags: { threshold: -1 } }]',
    'f.yaml',
  )
  assert.equal(tiers[0]?.flags.threshold, '-1')
  const [tier] = processesOf(
    parseDeployment('tiers: [{ name: a, models: m, flags: { threshold: -1 } }]', 'f.yaml'),
  )
  assert.equal(tier?.argv.at(-1), '--threshold=-1')
})
