// Parts `start` and `idle`: from the start of a process to ready of a tier over a real Kafka, of a local run
// to its first row; CPU of a tier that nobody asks, over half a minute.
import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startBroker } from '../../scripts/kafka-broker.mjs'
import { cpuMsOf, here, stop, track } from '../chain/processes.mjs'
import { newTopics } from '../chain/topics.mjs'

export async function measureStart(run) {
  const kafka = await startBroker({ isMeasured: true })
  try {
    const { engines, rounds, parts } = run
    // The first start makes the topics, which is not counted: a tier that comes back finds them.
    for (const engine of engines) await stop((await startTier(run, kafka.bootstrap, engine)).child)
    for (let round = 1; round <= rounds; round++) {
      for (const engine of round % 2 === 1 ? engines : engines.toReversed()) {
        if (parts.includes('start')) await measureOnce(run, kafka.bootstrap, engine, round)
      }
    }
    if (parts.includes('idle')) {
      for (const engine of engines) await measureIdle(run, kafka.bootstrap, engine)
    }
  } finally {
    await kafka.stop()
  }
}

const topics = newTopics()

async function measureOnce(run, bootstrap, engine, round) {
  const { child, ms } = await startTier(run, bootstrap, engine)
  await stop(child)
  run.add({ part: 'start', who: engine, what: 'tier', round, name: 'ready_ms', value: ms })
  const firstMs = await firstRow(run, engine)
  run.add({
    part: 'start',
    who: engine,
    what: 'local',
    round,
    name: 'first_row_ms',
    value: firstMs,
  })
  run.say(
    `start: round ${round}, ${engine}: ready ${ms.toFixed(0)} ms, first row ${firstMs.toFixed(0)} ms`,
  )
}

/** The last submodel's tier, which needs no front. */
async function startTier({ models }, bootstrap, engine) {
  const [host, port] = bootstrap.split(':')
  const [requests, replies] = topics.fog
  const startedAt = performance.now()
  const child = track(
    spawn(
      process.execPath,
      [
        join(here, 'dist/main.js'),
        ...['--name', 'bench', '--models', models.at(-1), '--engine', engine],
        ...['--consumer-back', host, '--consumer-back-port', port],
        ...['--producer-back', host, '--producer-back-port', port],
        ...['--consumer-back-topic', requests, '--producer-back-topic', replies],
        ...['--group-id', `bench-${engine}`, '--log-format', 'json'],
      ],
      { cwd: here, stdio: ['ignore', 'ignore', 'pipe'] },
    ),
  )
  let log = ''
  await new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      log += chunk
      if (log.includes('"msg":"ready"')) resolve()
    })
    child.once('exit', () => reject(new Error(`a tier ended before it was ready: ${log}`)))
  })
  return { child, ms: performance.now() - startedAt }
}

/** From the start of a local run until its CSV holds a row. */
async function firstRow({ models, images, scratch }, engine) {
  const file = join(scratch, `first-${Math.random()}.csv`)
  const startedAt = performance.now()
  const child = track(
    spawn(
      process.execPath,
      [
        join(here, 'dist/main.js'),
        ...['--name', 'bench', '--models', ...models, '--engine', engine, '--limit', '64'],
        ...['--input', images.folder, '--labels', images.labelsFile, '--output', file],
      ],
      { cwd: here, stdio: 'ignore' },
    ),
  )
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let headerBytes
  let ms
  while (ms === undefined) {
    const bytes = existsSync(file) ? statSync(file).size : 0
    if (bytes > 0) headerBytes ??= bytes
    if (bytes > headerBytes) ms = performance.now() - startedAt
    else await setTimeout(2)
  }
  await ended
  return ms
}

async function measureIdle(run, bootstrap, engine) {
  const { child } = await startTier(run, bootstrap, engine)
  // What the start left to do (compiled code, garbage) is not idling.
  await setTimeout(5000)
  const from = cpuMsOf(child.pid)
  const startedAt = performance.now()
  await setTimeout(run.idleSeconds * 1000)
  const percent = ((cpuMsOf(child.pid) - from) / (performance.now() - startedAt)) * 100
  await stop(child)
  run.add({
    part: 'idle',
    who: engine,
    what: 'tier',
    round: 1,
    name: 'percent_of_a_core',
    value: percent,
  })
  run.say(`idle: ${engine}: ${percent.toFixed(2)} % of a core`)
}
