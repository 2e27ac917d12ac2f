// What the live page is told of one process, made of what it answered and of what its neighbours say. Nothing is asked
// and nothing sent while nobody watches.
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { CalibrationTable } from '../../domain/calibration-table.ts'
import { hopsOf } from '../../domain/reply.ts'
import type { WatchedExit, WatchState } from '../../domain/watch.ts'
import type { TierMeter } from '../../telemetry/metrics/tier-meter.ts'
import { ImageSample } from './image-sample.ts'
import { createKnobs, type Knobs } from './knobs.ts'
import { Neighbours } from './neighbours.ts'
import { Tally } from './tally.ts'
import type { Watch, WatchSource } from './watch.ts'
import { pulseOf, steadyFacts, watchedTiers } from './watched-tiers.ts'

interface WatchOptions {
  readonly name: string
  readonly role: WatchState['role']
  /** Of ddnn. */
  readonly version: string
  readonly meter: Pick<TierMeter, 'life'>
  /** What keeps the process from being ready, in words. */
  readonly missing: () => readonly string[]
  /** Whether somebody may turn thresholds. */
  readonly writes: WatchState['writes']
}

/** An event as viewers get it. */
export type WatchEvent = readonly ['state' | 'tick' | 'images', object]
export type Tell = (event: WatchEvent) => void

/** A watch with its viewers. */
export interface OpenWatch extends Watch {
  readonly turned: Knobs
  state(): WatchState
  /** Tells from now on, the state at once; the returned function ends it. */
  follow(tell: Tell): () => void
  /** Whether an exit can be turned from here. */
  exit(index: number): WatchedExit | undefined
  /** The state changed by what a viewer did. */
  changed(): void
  /** Tells all viewers how it stands, before the next tick would. */
  tellTick(): void
}

const tickMs = 250
/** Until what the tier in front did not tell is asked for again, milliseconds. */
const askAgainMs = 5000
/** Until what is known is looked at once more: the models in front may be others, milliseconds. */
const lookAgainMs = 15_000

export function createWatch(options: WatchOptions): OpenWatch {
  const { name, role, version, meter, missing, writes } = options
  const now = () => performance.now()
  const startedAt = now()
  const knobs = createKnobs()
  const tally = new Tally(startedAt)
  const sample = new ImageSample()
  const viewers = new Set<Tell>()
  let source: WatchSource | undefined
  let neighbours: Neighbours | undefined
  let toldCalibration: CalibrationTable | undefined
  let ending = new AbortController()
  let signature = ''
  let shownCalibration: CalibrationTable | undefined
  let count = 0
  let underWay = 0
  // Of a tier its meter knows, of a process that asks its wrapped answers.
  const inFlight = () => Math.max(underWay, meter.life().inFlight)

  const chain = () => {
    const own = source?.own() ?? []
    const front = neighbours?.list() ?? []
    knobs.knows(
      own.flatMap(({ exits }) => exits),
      front.flatMap(({ about }) => about?.exits ?? []),
    )
    return { own, front }
  }
  const state = (): WatchState => {
    const { own, front } = chain()
    const life = { ...meter.life(), inFlight: inFlight() }
    return {
      ...{ name, role, version, writes },
      labels: source?.labels() ?? front[0]?.about?.labels,
      tiers: watchedTiers({
        ...{ own, front, life, version, knobs },
        missing: missing(),
        hasFront: source?.hasFront === true,
        canTurn: writes === 'token',
        canTurnFront: source?.canTurnFront === true,
      }),
      calibration: source?.calibration() ?? toldCalibration,
    }
  }
  const tell: Tell = (event) => {
    for (const viewer of viewers) viewer(event)
  }
  const tellState = (isAsked: boolean) => {
    const next = state()
    const nextSignature = JSON.stringify(next.tiers.map(steadyFacts))
    const isSame = nextSignature === signature && next.calibration === shownCalibration
    if (!isAsked && isSame) return next
    signature = nextSignature
    shownCalibration = next.calibration
    tell(['state', next])
    return next
  }
  const tellTick = () => {
    const { tiers } = tellState(false)
    tell([
      'tick',
      {
        ...tally.facts(now()),
        uptimeMs: now() - startedAt,
        inFlight: inFlight(),
        expected: source?.expected,
        tiers: tiers.map(pulseOf),
      },
    ])
  }
  const tick = async () => {
    tellTick()
    const images = await sample.take(now)
    if (images.length > 0) tell(['images', images])
  }
  const begin = () => {
    ending = new AbortController()
    const { signal } = ending
    void repeat(signal, async () => {
      await tick()
      return tickMs
    })
    void repeat(signal, async () => {
      const pauseMs = await neighbours?.askOnce()
      // Who fell silent, or is back, is told before the next tick.
      tellState(false)
      return pauseMs ?? tickMs
    })
    void repeat(signal, async () => {
      if (source?.ask === undefined || source.calibration() !== undefined) return askAgainMs
      const reply = await source.ask(askAgainMs, 'calibration').catch(() => undefined)
      const told = reply?.about?.calibration
      if (told !== undefined && !isDeepStrictEqual(told, toldCalibration)) toldCalibration = told
      return toldCalibration === undefined ? askAgainMs : lookAgainMs
    })
  }
  let keeping: AbortController | undefined
  /** While thresholds are sent along, those of the other exits are looked up though nobody watches. */
  const keepKnown = () => {
    if (knobs.front === undefined) return keeping?.abort()
    if (keeping?.signal.aborted === false) return
    keeping = new AbortController()
    void repeat(keeping.signal, async () => {
      if (viewers.size === 0) {
        await neighbours?.askOnce()
        chain()
      }
      return lookAgainMs
    })
  }
  return {
    turned: knobs,
    isOpen: true,
    begin() {
      underWay += 1
      let isOver = false
      return () => {
        if (!isOver) underWay -= 1
        isOver = true
      }
    },
    seen(seen) {
      const at = now()
      count += 1
      tally.add(seen, at)
      if (seen.reply !== undefined)
        for (const { tier } of hopsOf(seen.reply)) neighbours?.heard(tier)
      sample.offer(seen, count, at, viewers.size > 0)
    },
    show(shown) {
      source = shown
      const { ask } = shown
      if (ask !== undefined) neighbours = new Neighbours((budgetMs) => ask(budgetMs, 'chain'), now)
      tellState(true)
    },
    state,
    follow(viewer) {
      viewers.add(viewer)
      viewer(['state', state()])
      if (viewers.size === 1) begin()
      return () => {
        viewers.delete(viewer)
        if (viewers.size > 0) return
        ending.abort()
        sample.clear()
      }
    },
    exit: (index) => {
      const exits = state().tiers.flatMap((tier) => tier.exits)
      return exits.find((exit) => exit.index === index)
    },
    changed() {
      tellState(true)
      keepKnown()
    },
    tellTick,
  }
}

/** Does it again and again until the signal aborts, after as many milliseconds as it says. */
async function repeat(signal: AbortSignal, work: () => Promise<number>): Promise<void> {
  while (!signal.aborted) {
    const pauseMs = await work().catch(() => askAgainMs)
    await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
