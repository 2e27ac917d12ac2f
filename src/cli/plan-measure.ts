// What `ddnn plan` stands on: every exit of every image, in each form that is asked for, and what images and hops cost.
import { prepareInputs } from '../lab/bench/inputs/prepare.ts'
import type { Inputs } from '../lab/bench/inputs/inputs.ts'
import { isLossy, measureImages, nameOfForm, resentAs } from '../lab/bench/image-costs.ts'
import { readModels } from '../compose/models.ts'
import type { JudgedScores } from '../compose/scores.ts'
import { ConfigError } from '../errors.ts'
import { checkCount } from '../lab/evaluation/check-samples.ts'
import type { Scores } from '../lab/evaluation/scores.ts'
import { factsOf, type PlanFactsFound } from '../lab/plan/facts.ts'
import { defaultCosts, hopMsOf } from '../lab/plan/hop-costs.ts'
import { readBenchResult } from '../lab/bench/report/json.ts'
import type { Logger } from '../telemetry/log.ts'
import { collectWithProgress } from './collect-scores.ts'
import type { PlanConfig } from './read-plan.ts'

export interface Measured {
  readonly inputs: Inputs
  readonly judged: JudgedScores
  /** Of the same images, sent in forms that change pixels. */
  readonly lossy: readonly { readonly pixels: string; readonly scores: Scores }[]
  readonly found: PlanFactsFound
}

/** Undefined where it was interrupted. @throws DDNN_CONFIG_INVALID for models that are no whole chain. */
export async function measureAll(
  scratch: string,
  { scores: options, forms, settings }: PlanConfig,
  log: Logger,
  signal: AbortSignal,
): Promise<Measured | undefined> {
  const byFolder = await readModels(options.models)
  const { input, limit } = options
  const inputs = await prepareInputs({ input, limit, seed: 1, model: byFolder[0]?.[0], scratch })
  checkCount(inputs.images.length)
  const needsWhole = 'Pass all its folders, in order: what is not there cannot be placed'
  const judged = await collectWithProgress({ ...options, needsWhole }, log, signal)
  if (judged === undefined) return undefined
  const lossy = []
  for (const form of forms.filter(isLossy)) {
    const pixels = nameOfForm(form)
    log.info(`once more, with images sent as ${pixels}`)
    const through = resentAs(form)
    const again = await collectWithProgress(
      { ...options, timeBatches: false, through },
      log,
      signal,
    )
    if (again === undefined) return undefined
    lossy.push({ pixels, scores: again.scores })
  }
  const { images, readMs } = await measureImages(inputs, forms, signal)
  if (images.length === 0) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected a form in --image-forms that these images have, got none: they have no files of their own',
      { hint: 'Pass --image-forms uint8' },
    )
  }
  const found = factsOf({ scores: judged.scores, lossy, images, readMs }, settings)
  return { inputs, judged, lossy, found }
}

export async function readHopMs({
  hopMs,
  benchFile,
}: PlanConfig): Promise<{ readonly hopMs: number; readonly from: string }> {
  if (hopMs !== undefined) return { hopMs, from: 'as given' }
  if (benchFile === undefined) {
    return { hopMs: defaultCosts.hopMs, from: 'an assumption: --bench or --check measure it' }
  }
  const result = await readBenchResult(benchFile)
  return { hopMs: hopMsOf(result), from: `as '${benchFile}' measured` }
}
