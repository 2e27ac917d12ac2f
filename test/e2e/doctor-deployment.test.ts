// `ddnn doctor` on deployment files: every process of the file, brokers once, and the tiers' models as one network.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { statuses } from '../../src/lab/doctor/check.ts'
import { doctor } from '../../src/cli/doctor.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readVersion } from '../../src/cli/version.ts'
import { runCli, tempFolder, type CliResult } from '../helpers/cli.ts'
import { deploymentFile } from '../helpers/deployments.ts'
import { createTopics, randomName, startKafka, type TestKafka } from '../helpers/kafka.ts'

const checkForm = z.looseObject({ id: z.string(), status: z.enum(statuses), found: z.string() })
const outcome = {
  ok: z.boolean(),
  counts: z.strictObject(
    Object.fromEntries(statuses.map((status) => [status, z.int().nonnegative()])),
  ),
  checks: z.array(checkForm),
}
const reportForm = z.strictObject({
  ...{ format: z.literal(1), ddnn: z.literal(readVersion()), deployment: z.string(), ...outcome },
  processes: z.array(
    z.strictObject({ name: z.string(), role: z.string(), replicas: z.int().min(1), ...outcome }),
  ),
})

interface Examined {
  readonly code: number | null
  readonly names: readonly string[]
  /** "edge back.brokers" -> status and words; of all tiers together without a name in front. */
  readonly found: ReadonlyMap<string, string>
}

/** What a machine reads, held against the form that is documented. */
function examinedOf({ code, stdout, stderr }: CliResult): Examined {
  assert.notEqual(stdout, '', stderr)
  const { processes, checks, ok, counts, deployment } = reportForm.parse(JSON.parse(stdout))
  assert.equal(ok, code === 0)
  assert.match(deployment, /ddnn\.yaml$/)
  const all = [...processes.flatMap((one) => one.checks), ...checks]
  for (const status of statuses) {
    assert.equal(counts[status], all.filter((check) => check.status === status).length)
  }
  const named = processes.flatMap(({ name, checks: own }) =>
    own.map(({ id, status, found }) => [`${name} ${id}`, `${status}: ${found}`] as const),
  )
  const whole = checks.map(({ id, status, found }) => [id, `${status}: ${found}`] as const)
  return { code, names: processes.map(({ name }) => name), found: new Map([...named, ...whole]) }
}

const quick = ['--no-load-models', '--check-timeout-ms', '5000']
const examined = async (file: string) =>
  examinedOf(await runCli(['doctor', file, '--format', 'json', ...quick]))

test('what init writes is well, in its folder without a word; its broker comes with up', async () => {
  const cwd = tempFolder()
  assert.equal((await runCli(['init'], { cwd })).code, 0)
  const { code, stdout, stderr } = await runCli(['doctor', ...quick], { cwd })
  assert.equal(code, 0, stdout + stderr)
  for (const words of [
    /doctor: ddnn\.yaml, 4 processes/,
    /=== edge: tier ===[^]*=== fog: tier ===[^]*=== cloud: tier ===[^]*=== door: gateway ===/,
    /Back link\n {2}not checked {2}brokers +because 'ddnn up' starts the broker/,
    /All tiers\n {2}ok +network +edge -> fog -> cloud/,
    /\n\d+ ok, \d+ not checked\n$/,
  ]) {
    assert.match(stdout, words)
  }
})

test('a folder that is not there fails at its tier, and others are looked at all the same', async () => {
  const { code, found } = await examined(
    deploymentFile(
      'tiers: [{ name: edge, models: nowhere }, { name: cloud, models: shipped/cloud, replicas: 2 }]',
    ),
  )
  assert.equal(code, 1)
  assert.match(found.get('edge models.folder.1') ?? '', /^failed: .*nowhere/)
  assert.match(found.get('cloud models.folder.1') ?? '', /^ok/)
  assert.equal(found.get('deployment.network'), 'unchecked: models were not well above')
})

describe('brokers that are there', () => {
  let kafka: TestKafka
  before(async () => {
    kafka = await startKafka()
  })
  after(() => kafka.stop())

  test('are looked at once; tiers that start together are not missed; models out of order are', async () => {
    const [edge = '', fog = ''] = ['edge', 'fog'].map(randomName)
    const topics = [`from_${edge}_to_${fog}`, `from_${fog}_to_${edge}`]
    await createTopics(kafka, topics)
    // The wrong way round.
    const tiers = [
      `{ name: ${edge}, models: shipped/fog }`,
      `{ name: ${fog}, models: shipped/edge }`,
    ]
    const { code, names, found } = await examined(
      deploymentFile(`kafka: { brokers: '${kafka.bootstrap}' }
tiers: [${tiers.join(', ')}]`),
    )
    assert.deepEqual(names, [edge, fog])
    assert.match(found.get(`${edge} back.tcp`) ?? '', /^ok/)
    for (const again of [`${edge} front`, `${fog} back`]) {
      assert.equal(found.has(`${again}.tcp`), false)
      assert.match(found.get(`${again}.brokers`) ?? '', /^ok: .*looked at above/)
    }
    assert.equal(
      found.get(`${edge} front.readers`),
      `unchecked: '${fog}' is to read '${topics[0]}' and is not started`,
    )
    assert.match(found.get(`${edge} front.answer`) ?? '', /^unchecked: /)
    assert.match(found.get('deployment.network') ?? '', /^failed: /)
    assert.equal(code, 1)
  })
})

test('brokers that are not there are said once', async () => {
  const { code, found } = await examined(
    deploymentFile(`kafka: { brokers: '127.0.0.1:1' }
tiers: [{ name: edge, models: shipped/edge }, { name: fog, models: shipped/fog }]`),
  )
  assert.equal(code, 1)
  assert.equal([...found.values()].filter((words) => words.startsWith('failed')).length, 1)
  assert.match(found.get('edge back.tcp') ?? '', /^failed/)
  assert.equal(found.get('fog back.brokers'), 'unchecked: they were not well above')
})

test('flags that are wrong end it before anything is looked at, and so does a run beside a file', async () => {
  const wrong = deploymentFile(
    'tiers: [{ name: a, models: x, flags: { tresh: 1, threshold: much } }]',
  )
  const refused = (args: readonly string[], message: RegExp) =>
    assert.rejects(doctor(parseCommandLine('doctor', args, {}), new AbortController().signal), {
      code: 'DDNN_CONFIG_INVALID',
      message,
    })
  await refused([wrong], /a: Unknown flag --tresh[^]*a: Expected --threshold to be a number/)
  await refused(
    ['--name', 'edge', '--deployment', wrong],
    /a deployment file or the flags of one run, got .* and --name/,
  )
})
