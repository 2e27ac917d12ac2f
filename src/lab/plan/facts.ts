// From scores to what a plan stands on. Pure.
import { featureForms, type FeatureForm } from '../../domain/feature-codec.ts'
import { checkSamples } from '../evaluation/check-samples.ts'
import { withMemoryOf } from '../evaluation/memory-bytes.ts'
import type { SampleScores, Scores } from '../evaluation/scores.ts'
import {
  exactPixels,
  type ImageForm,
  type PlanFacts,
  type SettingGroup,
  type StageCosts,
} from './plan.ts'
import { halvesOf, referenceOf, settingsOf, type SettingsOptions } from './settings.ts'

interface CollectedFacts {
  /** With float32 features, compared forms and timed batches. */
  readonly scores: Scores
  /** The same samples, their images sent in forms that change pixels. */
  readonly lossy: readonly { readonly pixels: string; readonly scores: Scores }[]
  readonly images: readonly ImageForm[]
  readonly readMs: number
}

export interface PlanFactsFound {
  readonly facts: PlanFacts
  /** Sentences for the user. */
  readonly warnings: readonly string[]
}

/** @throws DDNN_CONFIG_INVALID, DDNN_MODEL_DAMAGED where nothing can be chosen on these samples. */
export function factsOf(
  { scores: given, lossy, images, readMs }: CollectedFacts,
  options: SettingsOptions,
): PlanFactsFound {
  const { scores, warnings } = checkSamples(given)
  const { exits, samples } = scores
  const reference = referenceOf(samples, exits, options)
  const groupsOf = (pixels: string, own: Scores): readonly SettingGroup[] =>
    featureForms.flatMap((form) => {
      const found = samplesOf(own, form)
      if (found === undefined) return []
      return [{ pixels, form, settings: settingsOf(found, exits, reference, options) }]
    })
  return {
    facts: {
      // With the memory of that, whatever exits of other forms send: a few bytes more or less.
      stages: withMemoryOf(scores, reference.fits).stages.map(stageCostsOf),
      exits: exits.map(({ name, stage, index }) => ({ name, stage, index })),
      images,
      readMs,
      groups: [
        ...groupsOf(exactPixels, scores),
        ...lossy.flatMap((one) => groupsOf(one.pixels, one.scores)),
      ],
      lastAccuracy: reference.tested,
      samples: halvesOf(samples, options).testedOn.length,
    },
    warnings,
  }
}

/** All samples with features of this form everywhere; undefined where they were not run with it. */
export function samplesOf(scores: Scores, form: FeatureForm): readonly SampleScores[] | undefined {
  if (form === 'float32') return scores.samples
  return scores.compared?.find((other) => other.form === form)?.samples
}

function stageCostsOf({ name, folder, computeMs, offload }: Scores['stages'][number]): StageCosts {
  return {
    name,
    folder,
    computeMs: computeMs.p50,
    batchedMs: computeMs.batched ?? computeMs.p50,
    frames: (offload?.frames ?? []).map(({ codec, bytes, encodeUs, decodeUs }) => ({
      codec,
      bytes,
      encodeMs: encodeUs / 1000,
      decodeMs: decodeUs / 1000,
    })),
  }
}
