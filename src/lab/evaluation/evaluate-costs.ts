// What the cascade costs: bytes over each cut, compute time and multiply-adds, given who leaves where.
import { meanOf } from '../../domain/mean.ts'
import type { Taken } from './taken-exit.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import { frameBytesOf } from './frame-facts.ts'
import type { Offload, Scores } from './scores.ts'

/** The cut behind a stage: what crosses it, were the next stage on another machine. */
interface Cut {
  /** Name of the stage before it. */
  readonly after: string
  /** Share of the samples that go over it. */
  readonly share: number
  /** How features travel over it. */
  readonly codec: FeatureCodec
  /** Mean frame of a sample that goes over, header included; as float32, and by the codec. */
  readonly float32Bytes: number
  readonly bytes: number
  /** By the codec, mean over all samples: those that left before send nothing. */
  readonly bytesOverAll: number
}

/** Time and work from the image to an exit, one sample alone. */
interface ExitCost {
  readonly name: string
  /** Sum of the stages' median forward passes, milliseconds: compute alone, no decoding and no link. */
  readonly computeMs: number
  /** Undefined where a manifest on the way names none. */
  readonly multiplyAdds: number | undefined
}

export interface Costs {
  readonly cuts: readonly Cut[]
  readonly exits: readonly ExitCost[]
  /** Mean over all samples, each up to the exit that it leaves at. */
  readonly computeMs: number
  readonly multiplyAdds: number | undefined
  /** Shares of what the whole chain would take; NaN where that is 0. */
  readonly computeSaved: number
  readonly multiplyAddsSaved: number | undefined
}

export function costsOf(scores: Scores, taken: readonly Taken[]): Costs {
  const { stages, exits } = scores
  const stageOf = (exit: number) => exits[exit]?.stage ?? 0
  // A stage runs whole, so all its exits cost the same.
  const msTo = (stage: number) =>
    stages.slice(0, stage + 1).reduce((sum, { computeMs }) => sum + computeMs.p50, 0)
  const addsTo = (stage: number) =>
    stages
      .slice(0, stage + 1)
      .reduce<number | undefined>(
        (sum, { multiplyAdds }) =>
          sum === undefined || multiplyAdds === undefined ? undefined : sum + multiplyAdds,
        0,
      )
  const lastStage = stages.length - 1
  const computeMs = meanOf(taken.map(({ exit }) => msTo(stageOf(exit))))
  const fullAdds = addsTo(lastStage)
  const multiplyAdds =
    fullAdds === undefined ? undefined : meanOf(taken.map(({ exit }) => addsTo(stageOf(exit)) ?? 0))
  return {
    cuts: stages.flatMap(({ name, offload }, stage) => {
      if (offload === null) return []
      const over = taken.filter(({ exit, isLeft }) => stageOf(exit) > stage || !isLeft).length
      const share = over / taken.length
      return [cutOf(name, offload, share)]
    }),
    exits: exits.map(({ name, stage }) => ({
      name,
      computeMs: msTo(stage),
      multiplyAdds: addsTo(stage),
    })),
    computeMs,
    multiplyAdds,
    computeSaved: 1 - computeMs / msTo(lastStage),
    multiplyAddsSaved:
      multiplyAdds === undefined || fullAdds === undefined
        ? undefined
        : 1 - multiplyAdds / fullAdds,
  }
}

function cutOf(after: string, offload: Offload, share: number): Cut {
  const bytes = frameBytesOf(offload)
  return {
    after,
    share,
    codec: offload.codec,
    float32Bytes: frameBytesOf(offload, 'float32'),
    bytes,
    bytesOverAll: bytes * share,
  }
}
