// The load generator: asks a client for the samples of a load, and notes when each was to be sent, was sent
// and was answered. Latency counts from the scheduled send, so nothing of a late one is hidden
// (coordinated omission). The same code asks every contestant.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../driver/client.ts'
import { poissonArrivals } from './arrivals.ts'
import type { Answered, Load, LoadRun } from './load.ts'

/** Timers of Node are late by up to a millisecond and never early. */
const timerMs = 1

interface Run {
  readonly client: Pick<Client, 'ask' | 'maxInFlight'>
  readonly images: number
  readonly startedAt: number
  readonly answered: Answered[]
}

/** `images`: how many inputs there are. Resolves when all that were sent are answered or have failed. */
export async function runLoad(
  client: Pick<Client, 'ask' | 'maxInFlight'>,
  load: Load,
  images: number,
): Promise<LoadRun> {
  const run: Run = { client, images, startedAt: performance.now(), answered: [] }
  await send(run, load)
  const { answered } = run
  let first = Infinity
  let last = 0
  for (const { scheduledMs, answeredMs } of answered) {
    first = Math.min(first, scheduledMs)
    last = Math.max(last, answeredMs)
  }
  return { answered, elapsedMs: answered.length === 0 ? 0 : last - first }
}

function send(run: Run, load: Load): Promise<void> {
  switch (load.scenario) {
    case 'single-stream':
      return inTurn(run, load, 1)
    case 'multi-stream':
      return inQueries(run, load, load.samplesPerQuery)
    case 'concurrency':
      return inTurn(run, load, load.inFlight)
    case 'offline':
      return atOnce(run, load)
    case 'server':
      return asTheyArrive(run, load, poissonArrivals(load.samples, load.rate, load.seed))
  }
}

/** Each of `lanes` sends its next sample when its last is answered. */
async function inTurn(run: Run, load: Load, lanes: number): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < load.samples && mayBegin(run, load)) {
      const sample = next++
      await ask(run, sample, nowMs(run))
    }
  }
  const open = Math.min(lanes, run.client.maxInFlight, load.samples)
  await Promise.all(Array.from({ length: open }, lane))
}

/** All samples of a query are due together; a client that takes fewer at once makes the others wait. */
async function inQueries(run: Run, load: Load, size: number): Promise<void> {
  for (let begin = 0; begin < load.samples && mayBegin(run, load); begin += size) {
    const due = nowMs(run)
    const count = Math.min(size, load.samples - begin)
    await inLanes(
      run,
      Array.from({ length: count }, (_, i) => ({ sample: begin + i, due })),
    )
  }
}

/** All are due at 0; sent as fast as the client takes them. */
async function atOnce(run: Run, load: Load): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < load.samples && mayBegin(run, load)) await ask(run, next++, 0)
  }
  const open = Math.min(run.client.maxInFlight, load.samples)
  await Promise.all(Array.from({ length: open }, lane))
}

async function inLanes(run: Run, queue: { sample: number; due: number }[]): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let one = queue[next++]; one !== undefined; one = queue[next++]) {
      await ask(run, one.sample, one.due)
    }
  }
  const open = Math.min(run.client.maxInFlight, queue.length)
  await Promise.all(Array.from({ length: open }, lane))
}

/** Those that find no place under way wait for one, and the wait is in their latency. */
async function asTheyArrive(run: Run, load: Load, times: Float64Array): Promise<void> {
  const open = new Set<Promise<void>>()
  for (const [sample, due] of times.entries()) {
    if (due > load.maxSeconds * 1000 || !mayBegin(run, load)) break
    await until(run, due)
    while (open.size >= run.client.maxInFlight) await Promise.race(open)
    const task = ask(run, sample, due).finally(() => open.delete(task))
    open.add(task)
  }
  await Promise.all(open)
}

async function ask(run: Run, sample: number, scheduledMs: number): Promise<void> {
  const sentMs = nowMs(run)
  try {
    const { exit, prediction } = await run.client.ask(sample % run.images)
    const answeredMs = nowMs(run)
    run.answered.push({ sample, scheduledMs, sentMs, answeredMs, exit, prediction })
  } catch (thrown) {
    const failure = reasonOf(thrown)
    run.answered.push({ sample, scheduledMs, sentMs, answeredMs: nowMs(run), failure })
  }
}

/** A code where there is one, so that failures of one kind are counted together. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const { code } = thrown as { readonly code?: unknown }
  return typeof code === 'string' ? code : thrown.message
}

function nowMs({ startedAt }: Run): number {
  return performance.now() - startedAt
}

function mayBegin(run: Run, { maxSeconds }: Load): boolean {
  return nowMs(run) < maxSeconds * 1000
}

async function until(run: Run, due: number): Promise<void> {
  const wait = due - nowMs(run)
  if (wait > timerMs / 2) await sleep(wait)
}
