// Every codec of features beside the others: bytes, time, and what it does to the exits and the cascade. Pure.
import { meanOf } from '../../domain/mean.ts'
import { partsOfCodec, type FeatureCodec } from '../../domain/feature-codec.ts'
import type { ExitRule } from '../../domain/exit.ts'
import { takeExit } from './taken-exit.ts'
import { factsOf } from './frame-facts.ts'
import { shareOf, type Share } from '../../domain/share.ts'
import type { SampleScores, Scores } from './scores.ts'

export interface CodecRow {
  readonly codec: FeatureCodec
  /** Mean frame after each submodel that offloads, header included; NaN where it could not encode them. */
  readonly bytes: readonly number[]
  /** Over all links, mean over all samples: those that left before send nothing. */
  readonly bytesOverAll: number
  /** Of one frame, mean over the links, microseconds on one thread. */
  readonly encodeUs: number
  readonly decodeUs: number
  /** Undefined where the samples were not run with features of this form. */
  readonly quality: CodecQuality | undefined
}

interface CodecQuality {
  /** Of each exit, had every sample left there. */
  readonly exits: readonly Share[]
  readonly cascade: Share
}

interface CompareOptions {
  readonly rules: readonly ExitRule[]
  readonly isWhole: boolean
}

/** A row a codec that could encode the features of every submodel. */
export function compareCodecs(scores: Scores, options: CompareOptions): readonly CodecRow[] {
  const offloads = scores.stages.flatMap(({ offload }) => (offload === null ? [] : [offload]))
  const codecs = offloads[0]?.frames.map(({ codec }) => codec) ?? []
  const taken = new Map(
    codecs.map((codec) => {
      const samples = samplesOf(scores, codec)
      return [partsOfCodec(codec).form, samples && takenBy(scores, samples, options)]
    }),
  )
  return codecs.flatMap((codec): CodecRow[] => {
    const facts = offloads.map((offload) => factsOf(offload, codec))
    const known = facts.filter((fact) => fact !== undefined)
    if (known.length < facts.length) return []
    const over = taken.get(partsOfCodec(codec).form) ?? takenBy(scores, scores.samples, options)
    return [
      {
        codec,
        bytes: known.map(({ bytes }) => bytes),
        bytesOverAll: known.reduce((sum, { bytes }, i) => sum + bytes * (over.shares[i] ?? 0), 0),
        encodeUs: meanOf(known.map(({ encodeUs }) => encodeUs)),
        decodeUs: meanOf(known.map(({ decodeUs }) => decodeUs)),
        quality: taken.get(partsOfCodec(codec).form)?.quality,
      },
    ]
  })
}

/** The samples as they are with a codec's form everywhere. */
function samplesOf(scores: Scores, codec: FeatureCodec): readonly SampleScores[] | undefined {
  const { form } = partsOfCodec(codec)
  const isOwn = scores.stages.every(
    ({ offload }) => offload === null || partsOfCodec(offload.codec).form === form,
  )
  return isOwn ? scores.samples : scores.compared?.find((other) => other.form === form)?.samples
}

function takenBy(
  { exits, stages }: Scores,
  samples: readonly SampleScores[],
  { rules, isWhole }: CompareOptions,
): { readonly quality: CodecQuality; readonly shares: readonly number[] } {
  const taken = samples.map((sample) => ({ ...takeExit(sample, rules, isWhole), sample }))
  const rightAt = (exitOf: (exit: number) => number) =>
    taken.filter(({ results, exit, sample }) => {
      return results[exitOf(exit)]?.prediction === sample.label
    }).length
  const quality = {
    exits: exits.map((_, i) =>
      shareOf(
        rightAt(() => i),
        taken.length,
      ),
    ),
    cascade: shareOf(
      rightAt((exit) => exit),
      taken.length,
    ),
  }
  const shares = stages.map((_, stage) => {
    const isOver = (exit: number) => (exits[exit]?.stage ?? 0) > stage
    return taken.filter(({ exit, isLeft }) => isOver(exit) || !isLeft).length / taken.length
  })
  return { quality, shares }
}
