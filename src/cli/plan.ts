// `ddnn plan`: where submodels should run, by which thresholds and codecs and in how many replicas.
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import { writeCalibration } from '../model/calibrated-manifests.ts'
import { choosePlan, type Plan } from '../lab/plan/choose.ts'
import { defaultCosts } from '../lab/plan/hop-costs.ts'
import { describeLatencyGoal } from '../lab/plan/latency-goal.ts'
import type { Candidate, PlanOptions } from '../lab/plan/plan.ts'
import { describeMiss } from '../lab/plan/tables.ts'
import type { Logger } from '../telemetry/log.ts'
import { checkReport } from './check-report.ts'
import { createCommandLog } from './command-log.ts'
import type { CommandResult } from './command-result.ts'
import { createSay, stopped } from './json-output.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { checkPlan, measureHop, openCheck, type CheckContext } from './plan-check.ts'
import { measureAll, readHopMs } from './plan-measure.ts'
import { calibrationOf, show, type Made } from './plan-show.ts'
import { readPlanConfig, type PlanConfig } from './read-plan.ts'

/** Measures, plans, prints; an interrupt ends it with nothing written. */
export async function plan(line: CommandLine<'plan'>, signal: AbortSignal): Promise<CommandResult> {
  const problems = [...line.problems]
  const config = readPlanConfig(line.values, problems)
  assertNoProblems(problems, line.command)
  const log = createCommandLog(line.values)
  await checkReport(line.values, {
    names: ['plan.json', 'plan.html'],
  })
  const scratch = await mkdtemp(join(tmpdir(), 'ddnn-plan-'))
  try {
    return await planIn(scratch, config, { log, say: createSay(line.values) }, signal)
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    log.warn('interrupted: nothing was written')
    return stopped('interrupted: nothing was written')
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function planIn(
  scratch: string,
  config: PlanConfig,
  { log, say }: { readonly log: Logger; readonly say: (text: string) => void },
  signal: AbortSignal,
): Promise<CommandResult> {
  const { hopMs, from } = await readHopMs(config)
  const measured = await measureAll(scratch, config, log, signal)
  if (measured === undefined) return stopped('interrupted: nothing was written')
  const { judged, found } = measured
  for (const { reason } of judged.scores.unreadable) log.warn(`left out: ${reason}`)
  for (const warning of found.warnings) log.warn(warning)
  const make = (ms: number, hopFrom: string): Made => {
    const options = optionsOf(config, ms)
    const { facts } = found
    return { config, judged, facts, options, plan: choosePlan(facts, options), hopFrom }
  }
  const context = { scratch, measured, log, signal }
  const first = make(hopMs, from)
  const made = config.isChecked ? await makeChecked(first, make, context) : first
  const json = await show(made, log, say)
  const { chosen } = made.plan
  if (chosen === undefined) throw unreachable(made.plan, made.options)
  if (config.isApplied) await apply(made, chosen)
  return { failures: judged.scores.unreadable.length, json }
}

/** The plan with the hop as measured here, where nobody told it, and what it came to. */
async function makeChecked(
  first: Made,
  make: (hopMs: number, from: string) => Made,
  context: CheckContext,
): Promise<Made> {
  const { config, plan: given } = first
  if (given.chosen === undefined) return first
  const live = await openCheck(first, context)
  try {
    const isTold = config.hopMs !== undefined || config.benchFile !== undefined
    const made = isTold
      ? first
      : make(await measureHop(live, given.chosen, first, context), 'as measured here')
    const { chosen } = made.plan
    return chosen === undefined
      ? made
      : { ...made, check: await checkPlan(live, chosen, made, context) }
  } finally {
    await live.stop()
  }
}

function optionsOf(
  { places, links, maxLoss, goal, demand }: PlanConfig,
  hopMs: number,
): PlanOptions {
  const costs = { ...defaultCosts, hopMs }
  const measuredCores = availableParallelism()
  return { places, links, costs, measuredCores, maxLoss, goal, demand }
}

async function apply(made: Made, chosen: Candidate): Promise<void> {
  const { folders, record } = calibrationOf(made, chosen)
  await writeCalibration(folders, record)
  const written = folders.map(({ folder }) => folder).join(', ')
  process.stderr.write(`Calibration ${record.version} written to ${written}\n`)
}

function unreachable(found: Plan, options: PlanOptions): ConfigError {
  const wanted =
    options.goal === undefined ? 'that can be had' : `of ${describeLatencyGoal(options.goal)}`
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a plan ${wanted} within ${options.maxLoss * 100} points of accuracy, got none: ${describeMiss(found, options).join('; ')}`,
    {
      hint: 'Pass a looser --latency-goal, --max-accuracy-loss, faster --speed or links, or more --max-replicas',
    },
  )
}
