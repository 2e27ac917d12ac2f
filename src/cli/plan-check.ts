// `ddnn plan --check`: the hop measured, the plan made with it, and the plan run live beside its prediction.
import { engineFlags } from '../lab/bench/engine-flags.ts'
import { comparePlan, type PlanCheck } from '../lab/bench/plan-check/compare.ts'
import { openLive, type LiveSession } from '../lab/bench/plan-check/live.ts'
import { makeLivePlan } from '../lab/bench/plan-check/live-plan.ts'
import { atOneSpeed } from '../lab/plan/at-one-speed.ts'
import { samplesOf } from '../lab/plan/facts.ts'
import { exactPixels, type Candidate } from '../lab/plan/plan.ts'
import { settingOn } from '../lab/plan/settings.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Measured } from './plan-measure.ts'
import { recordFactsOf, type Made } from './plan-show.ts'

/** Rounds over the links and without, in turns; each asks every image once. */
const rounds = 2

export interface CheckContext {
  readonly scratch: string
  readonly measured: Measured
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Processes of this machine that plans can be run in; the caller stops it. */
export function openCheck(
  { config }: Pick<Made, 'config'>,
  { scratch, measured, log, signal }: CheckContext,
): Promise<LiveSession> {
  return openLive({
    profile: config.links,
    inputs: measured.inputs,
    scratch,
    flags: engineFlags({ engine: config.scores.engine, featureCodec: undefined }),
    say: (line) => log.info(line),
    signal,
  })
}

/** What a hop costs here, by this plan's processes without links. */
export async function measureHop(
  live: LiveSession,
  chosen: Candidate,
  made: Made,
  { scratch }: CheckContext,
): Promise<number> {
  const record = recordFactsOf(made)
  return live.measureHop(await makeLivePlan(chosen, made.facts, { scratch, record }))
}

/** Runs the plan over the links; the prediction is of the same images, at this machine's speed. */
export async function checkPlan(
  live: LiveSession,
  chosen: Candidate,
  made: Made,
  { scratch, measured }: CheckContext,
): Promise<PlanCheck> {
  const { facts, options } = made
  const record = recordFactsOf(made)
  const plan = await makeLivePlan(chosen, facts, { scratch, record })
  const run = await live.run(plan, rounds)
  const pixels = chosen.arrangement.image?.pixels ?? exactPixels
  const scores =
    measured.lossy.find((one) => one.pixels === pixels)?.scores ?? measured.judged.scores
  const samples = samplesOf(scores, chosen.form) ?? scores.samples
  const setting = settingOn(samples, scores.exits, chosen.setting)
  const isTold = made.config.hopMs !== undefined || made.config.benchFile !== undefined
  const hopMs = isTold ? options.costs.hopMs : run.hopMs
  const meanwhile = { ...options, costs: { ...options.costs, hopMs } }
  return comparePlan(atOneSpeed(chosen, setting, facts, meanwhile), facts, run)
}
