// Of thousands of images a second a dozen a tick are shown: four of each exit, so that rare exits are seen too.
import { answerOf, hopsOf, isFallback } from '../../domain/reply.ts'
import type { ImageHop, WatchedImage, WatchImages } from '../../domain/watch.ts'
import { createPictureBudget } from './picture.ts'
import type { SeenSample } from './watch.ts'

const [mostOfAnExit, most] = [4, 12]
/** Those without an answer. */
const noExit = -2

type Shown = Omit<WatchedImage, 'agoMs' | 'thumbnail'>

interface Taken {
  readonly shown: Shown
  readonly at: number
  readonly thumbnail: Promise<string | undefined> | undefined
}

export class ImageSample {
  #taken: Taken[] = []
  readonly #counts = new Map<number, number>()
  readonly #pictures = createPictureBudget()

  /** `number` is the sample's own. */
  offer(sample: SeenSample, number: number, now: number, isWatched: boolean): void {
    // What nobody sees is not kept: it would be old when somebody comes.
    if (!isWatched) return
    const exit = sample.reply === undefined ? noExit : exitOf(sample)
    const count = this.#counts.get(exit) ?? 0
    if (count >= mostOfAnExit || this.#taken.length >= most) return
    this.#counts.set(exit, count + 1)
    // What a tier refused to decode is not decoded for its picture.
    const hasPicture = exit !== noExit && sample.picture !== undefined && this.#pictures.take(now)
    this.#taken.push({
      shown: shownOf(sample, number),
      at: now,
      thumbnail: hasPicture ? sample.picture?.().catch(() => undefined) : undefined,
    })
  }

  /** Nobody watches any more. */
  clear(): void {
    this.#taken = []
    this.#counts.clear()
  }

  /** What was taken since the last call, once its pictures are made. */
  async take(now: () => number): Promise<WatchImages> {
    const taken = this.#taken
    this.#taken = []
    this.#counts.clear()
    const thumbnails = await Promise.all(taken.map(async ({ thumbnail }) => thumbnail))
    const end = now()
    return taken.map(({ shown, at }, i) => ({
      ...shown,
      agoMs: Math.round(end - at),
      thumbnail: thumbnails[i],
    }))
  }
}

function exitOf({ reply }: SeenSample): number {
  return (reply && answerOf(reply)?.result.exit) ?? noExit
}

function shownOf({ id, reply, problem, totalMs = 0, label }: SeenSample, number: number): Shown {
  const answer = reply === undefined ? undefined : answerOf(reply)
  const hops = reply === undefined ? [] : hopsOf(reply)
  const failed = hops.find((hop) => hop.problem !== undefined)?.problem
  return {
    number,
    id,
    hops: hops.map(({ tier, result, computeMs, totalMs: hopMs, fallback }): ImageHop => ({
      tier,
      exit: result?.exit,
      confidence: result?.confidence,
      computeMs,
      totalMs: hopMs,
      isFallback: fallback,
    })),
    exit: answer?.result.exit,
    tier: answer?.tier,
    confidence: answer?.result.confidence,
    prediction: answer?.result.prediction,
    label,
    isFallback: reply !== undefined && isFallback(reply),
    problem: answer === undefined ? (problem ?? failed) : undefined,
    totalMs,
  }
}
