// 256 MiB of zeros in one packed record of 256 KiB, to a tier that is a process of its own.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import { createTopics, readTopic, startKafka, type TestKafka } from '../../../helpers/kafka.ts'
import { until } from '../../../helpers/until.ts'
import { varint, writeBatch } from '../records/batches.ts'
import { rawProduce } from '../records/raw-produce.ts'
import { FaultScene, untilCommitted } from './fault-scene.ts'

const bombBytes = 256 * 1024 * 1024
const partBytes = 1024 * 1024
const mostGrownMiB = 64
const echoTier = fileURLToPath(new URL('../echo-tier.js', import.meta.url))

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

/** A batch of one record, written in pieces: whole, it would be as large here as it is not to be there. */
async function makeBomb(): Promise<Buffer> {
  const gzip = createGzip()
  const packed: Buffer[] = []
  gzip.on('data', (piece: Buffer) => packed.push(piece))
  const head = Buffer.concat([Buffer.alloc(1), varint(0), varint(0), varint(-1), varint(bombBytes)])
  const tail = varint(0)
  gzip.write(Buffer.concat([varint(head.length + bombBytes + tail.length), head]))
  const zeros = Buffer.alloc(partBytes)
  for (let left = bombBytes; left > 0; left -= partBytes) {
    await new Promise<void>((resolve, reject) => {
      gzip.write(zeros, (error) => (error ? reject(error) : resolve()))
    })
  }
  await new Promise<void>((resolve) => gzip.on('end', resolve).end(tail))
  const body = Buffer.concat(packed)
  return writeBatch({ attributes: 1, count: 1, lastOffsetDelta: 0, pack: () => body })
}

/** MiB that the process has in memory now, or had at most since `forgetMost`. */
function memoryMiB(pid: number, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
}

function forgetMost(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

test('a tier grows by less than 64 MiB, puts the bomb aside and answers what comes after it', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const { requestTopic: topic, groupId } = scene
  await createTopics(kafka, [topic], { partitions: 1 })
  const settings = { ...scene.topics, bootstrap: kafka.bootstrap, groupId, sessionTimeoutMs: 6000 }
  const tier = spawn(process.execPath, [echoTier, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => tier.kill('SIGKILL'))
  let hasEnded = false
  tier.on('exit', () => (hasEnded = true))
  const lines: string[] = []
  createInterface({ input: tier.stdout }).on('line', (line) => lines.push(line))
  const bomb = await makeBomb()
  await until('the tier', () => lines.includes('open'))
  const asker = await scene.asker()
  for (let index = 0; index < 200; index++) assert.equal(await asker.ask(`r${index}`), `r${index}`)

  const pid = tier.pid ?? 0
  const before = memoryMiB(pid, 'VmRSS')
  forgetMost(pid)
  const bombs = 3
  for (let index = 0; index < bombs; index++) await rawProduce(kafka.bootstrap, topic, bomb)
  assert.equal(await asker.ask('after'), 'after')
  const letters = await readTopic(kafka, `${topic}_dlq`, bombs)
  await untilCommitted(kafka.bootstrap, scene)
  const grown = memoryMiB(pid, 'VmHWM') - before
  assert.ok(grown < mostGrownMiB, `it grew by ${grown.toFixed(1)} MiB`)
  t.diagnostic(`it grew by ${grown.toFixed(1)} MiB`)
  assert.equal(hasEnded, false)
  assert.deepEqual(letters.map(({ headers }) => headers['origin-offset']).sort(), [
    '200',
    '201',
    '202',
  ])
  for (const { value, headers } of letters) {
    assert.equal(value.length, 0)
    assert.equal(headers['origin-topic'], topic)
    assert.equal(headers['error-code'], 'DDNN_FRAME_TOO_LARGE')
  }
})
