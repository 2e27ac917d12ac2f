// The floor under a chain over Kafka: as many processes, hops and bytes as ddnn's, made of kafkajs,
// onnxruntime-node and nothing else (src/lab/bench/bare/).
import { randomUUID } from 'node:crypto'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../../../errors.ts'
import type { HopReading } from '../bare/hop.ts'
import type { BareRun, BareStage } from '../bare/stage.ts'
import { createTopics, deleteTopics, type Topics } from '../bare/topics.ts'
import type { Contestant, Part, Reading, RunningContestant, Setting } from '../contestant.ts'
import { startDriver, type Driver } from '../driver/start-driver.ts'
import { cpuMsOf } from '../meter/cpu.ts'
import { startHop, type HopProcess } from './hop-process.ts'

interface BareChainOptions extends Partial<BareRun> {
  /** A process each, in order. */
  readonly stages: readonly BareStage[]
}

const client = fileURLToPath(
  new URL(`../bare/kafka-client${extname(import.meta.url)}`, import.meta.url),
)

export function createBareChain({ stages, ...given }: BareChainOptions): Contestant {
  const run: BareRun = { maxBatchSize: 8, threads: 1, spins: false, ...given }
  const codecs = stages.slice(0, -1).map(({ codec }) => codec)
  return {
    name: 'bare chain',
    kind: 'floor',
    description: `kafkajs and onnxruntime-node alone, ${run.threads} thread a process: device, ${stages.map(({ name }) => name).join(', ')}; uint8 pixels, features ${[...new Set(codecs)].join(', ')}`,
    maxInFlight: Infinity,
    start: (setting) => startChain(stages, run, setting),
  }
}

async function startChain(
  stages: readonly BareStage[],
  run: BareRun,
  setting: Setting,
): Promise<RunningContestant> {
  const { brokers } = setting
  if (brokers === undefined) {
    throw new ConfigError('DDNN_CONFIG_INVALID', 'Expected brokers for the bare chain, got none', {
      hint: 'Run the bench over Kafka, or leave the bare chain out',
    })
  }
  const id = randomUUID().slice(0, 8)
  const topics = stages.map(({ name }) => ({
    requests: `bare-${id}-${name}`,
    replies: `bare-${id}-${name}-replies`,
  }))
  const hops: HopProcess[] = []
  let driver: Driver | undefined
  const stop = async () => {
    await driver?.stop()
    await Promise.all(hops.map((hop) => hop.stop()))
    await deleteTopics(brokers, topics)
  }
  try {
    await createTopics(brokers, topics)
    const started = await Promise.allSettled(
      stages.map((stage, i) =>
        startHop({
          ...run,
          brokers,
          stage,
          inputCodec: stages[i - 1]?.codec,
          back: topics[i] as Topics,
          front: topics[i + 1],
        }),
      ),
    )
    for (const one of started) if (one.status === 'fulfilled') hops.push(one.value)
    for (const one of started) if (one.status === 'rejected') throw one.reason
    const settings = { brokers, front: topics[0] }
    driver = await startDriver({ module: client, settings, setting })
  } catch (thrown) {
    await stop().catch(() => undefined)
    throw thrown
  }
  const asking = driver
  return {
    run: (load) => Promise.race([asking.run(load), ...hops.map(({ died }) => died)]),
    read: () => readChain(stages, asking, hops),
    stop,
  }
}

async function readChain(
  stages: readonly BareStage[],
  driver: Driver,
  hops: readonly HopProcess[],
): Promise<Reading> {
  const names = stages.map(({ name }) => name)
  const pids = names.map((name, i) => [name, hops[i]?.pid] as const)
  const cpuMs = await cpuMsOf({ device: driver.pid, ...Object.fromEntries(pids) })
  const asked = await driver.read()
  const readings = await Promise.all(hops.map((hop) => hop.read()))
  const bytes = { device: asked.bytes } as Record<string, number>
  const parts: Part[] = asked.parts.filter(({ part }) => part !== 'hop')
  let from = 'device'
  let asking = asked.parts.find(({ part }) => part === 'hop')?.ms ?? 0
  for (const [i, reading] of readings.entries()) {
    const where = names[i] as string
    if (i < readings.length - 1) bytes[where] = reading.bytes
    parts.push({ where: `${from}-${where}`, part: 'hop', ms: asking - reading.answering })
    parts.push(...partsOf(where, reading))
    asking = reading.asking
    from = where
  }
  return { cpuMs, bytes, parts }
}

function partsOf(where: string, reading: HopReading): readonly Part[] {
  return (['queue', 'decode', 'compute', 'encode'] as const).map((part) => ({
    where,
    part,
    ms: reading[part],
  }))
}
