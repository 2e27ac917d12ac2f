// `ddnn bench` as a user types it: in one process, and over a real Kafka that is there.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseBenchResult } from '../../src/lab/bench/report/json.ts'
import { runCli, tempFolder } from '../helpers/cli.ts'
import { assertForm } from '../helpers/json-form.ts'
import { startKafka, withAdmin, type TestKafka } from '../helpers/kafka.ts'

const few = ['--samples', '12', '--limit', '6', '--rounds', '1']
const resultOf = (folder: string) => {
  const file = join(folder, 'bench.json')
  return parseBenchResult(readFileSync(file, 'utf8'), file)
}

const namesOn = ({ bootstrap }: TestKafka) =>
  withAdmin(bootstrap, async (admin) => {
    const { groups } = await admin.listGroups()
    const topics = await admin.listTopics()
    return {
      // ddnn_clock is one of the cluster, for all that ever ask it.
      topics: topics.filter((name) => !/^(__|ddnn_clock$)/.test(name)).toSorted(),
      // The bare chain's hold no offsets: brokers forget them by themselves when their session is over.
      groups: groups.map(({ groupId }) => groupId).filter((name) => !name.startsWith('bare-')),
    }
  })

describe('ddnn bench', () => {
  let kafka: TestKafka
  // Its own, for what is left on it is looked at.
  before(async () => (kafka = await startKafka({ own: true })))
  after(() => kafka.stop())

  test('measures ddnn and the bare engine in one process, by every closed scenario', async () => {
    const folder = join(tempFolder(), 'run')
    const scenarios = ['single-stream', 'multi-stream', 'offline', 'concurrency']
    const args = ['--in-flight', '4', '--scenario', ...scenarios]
    const { code, stdout, stderr } = await runCli(['bench', ...few, ...args, '-o', folder])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /ddnn \/ bare engine/)
    assert.deepEqual(readdirSync(folder).sort(), [
      'README.md',
      'bench.csv',
      'bench.html',
      'bench.json',
    ])
    const { rows, setup } = resultOf(folder)
    assert.equal(setup.images, 6)
    assert.deepEqual(
      new Set(rows.map(({ scenario, contestant }) => `${contestant} ${scenario}`)),
      new Set(
        ['ddnn', 'bare engine'].flatMap((name) =>
          scenarios.map((scenario) => `${name} ${scenario}`),
        ),
      ),
    )
    for (const row of rows) assert.deepEqual(row.failures, {})
    const of = (name: string) =>
      rows
        .filter(({ contestant }) => contestant === name)
        .map(({ exits, accuracy }) => ({ exits, accuracy }))
    assert.deepEqual(of('ddnn'), of('bare engine'))
  })

  test('searches the rate that holds the bound, and says of each that it tried whether it held', async () => {
    const folder = join(tempFolder(), 'run')
    const args = ['--scenario', 'server', '--no-floors', '--max-seconds', '0.3', '--json']
    const { code, stdout, stderr } = await runCli(['bench', ...few, ...args, '-o', folder])
    assert.equal(code, 0, stderr)
    assertForm('bench', stdout)
    const { rows } = resultOf(folder)
    assert.ok(rows.length > 1)
    for (const { scenario, rate, isHeld, latency } of rows) {
      assert.equal(scenario, 'server')
      assert.ok(rate !== undefined && rate > 0)
      assert.equal(isHeld, latency.p99 <= 100)
    }
  })

  test('measures the chain over Kafka beside the bare one: every image to the end, the parts add up', async () => {
    const folder = join(tempFolder(), 'run')
    const before = await namesOn(kafka)
    const over = ['--over', 'kafka', '--brokers', kafka.bootstrap, '--exits', 'last']
    const load = ['--scenario', 'concurrency', '--in-flight', '1']
    const { code, stderr } = await runCli(['bench', ...few, ...over, ...load, '-o', folder])
    assert.equal(code, 0, stderr)
    const { rows, commit, command } = resultOf(folder)
    assert.deepEqual(
      rows.map(({ contestant }) => contestant),
      ['ddnn', 'bare engine', 'bare chain'],
    )
    for (const { exits } of rows) assert.deepEqual(exits, { cloud: 12 })
    const [ddnn, , bare] = rows
    assert.ok(ddnn !== undefined && bare !== undefined)
    assert.deepEqual(Object.keys(ddnn.cpuMs).sort(), ['cloud', 'device', 'edge', 'fog'])
    const sum = ddnn.parts.reduce((total, { ms }) => total + ms, 0)
    // What is around the client's own clock is all that is not in a part.
    assert.ok(Math.abs(sum / ddnn.latency.mean - 1) < 0.1, `${sum} of ${ddnn.latency.mean} ms`)
    for (const sender of ['device', 'edge', 'fog']) {
      const [own, least] = [ddnn.bytes[sender] ?? 0, bare.bytes[sender] ?? 0]
      // The same pixels and features; what else a record and a reply hold does not grow with them.
      const most = Math.max(0.1 * least, 1000)
      assert.ok(least > 0 && Math.abs(own - least) < most, `${sender}: ${own}, bare ${least}`)
    }
    assert.ok(commit !== undefined)
    // Brokers that are somebody's are left as they were, and no tier of theirs lost its group to ours.
    assert.deepEqual(await namesOn(kafka), before)
    assert.doesNotMatch(command, /\/tmp|node_modules/)
  })

  test('names every flag that does not fit another, before anything starts', async () => {
    const { code, stderr } = await runCli(
      'bench --scenario fast --brokers 127.0.0.1:1 --cloud-only gif --in-flight 0'.split(' '),
    )
    assert.equal(code, 2)
    assert.match(stderr, /--scenario to be some of single-stream/)
    assert.match(stderr, /--over kafka with --brokers/)
    assert.match(stderr, /--cloud-only to be uint8/)
    assert.match(stderr, /--in-flight to be whole numbers/)
  })

  test('says which tiers there are where --exits names none of them', async () => {
    const { code, stderr } = await runCli(['bench', ...few, '--exits', 'sky'])
    assert.equal(code, 2)
    assert.match(stderr, /any, last, or a tier's name, got 'sky'; there are edge, fog, cloud/)
  })
})
