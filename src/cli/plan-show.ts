// A plan on stdout and in files.
import { jsonText } from '../domain/json-text.ts'
import type { JudgedScores } from '../compose/scores.ts'
import type { PlanCheck } from '../lab/bench/plan-check/compare.ts'
import {
  describeCheck,
  figuresTable,
  partsTable as checkPartsTable,
} from '../lab/bench/plan-check/table.ts'
import { calibratedFoldersOf, planRecord, type RecordFacts } from '../lab/plan/apply.ts'
import type { Plan } from '../lab/plan/choose.ts'
import { commandsOf, type PlannedProcess } from '../lab/plan/commands.ts'
import { describeLatencyGoal } from '../lab/plan/latency-goal.ts'
import { planPage } from '../lab/plan/page.ts'
import type { Candidate, PlanFacts, PlanOptions } from '../lab/plan/plan.ts'
import { describeChoice, partsTable, plansTable } from '../lab/plan/tables.ts'
import { renderReportPage } from '../report/page/render-page.ts'
import type { ReportSection } from '../report/page/page.ts'
import { textTable } from '../report/text-table.ts'
import { writeWholeFiles } from '../report/whole-files.ts'
import type { Logger } from '../telemetry/log.ts'
import { describeMachine } from '../telemetry/machine.ts'
import type { PlanConfig } from './read-plan.ts'
import { readVersion } from './version.ts'

/** All that a plan was made of, and it. */
export interface Made {
  readonly config: PlanConfig
  readonly judged: JudgedScores
  readonly facts: PlanFacts
  readonly options: PlanOptions
  readonly plan: Plan
  readonly hopFrom: string
  /** Of a live run, where there was one. */
  readonly check?: PlanCheck
}

/** Says the tables, and writes files where they are asked for. Resolves with the text of plan.json. */
export async function show(made: Made, log: Logger, say: (text: string) => void): Promise<string> {
  const { config, plan: found } = made
  const processes = processesOf(made)
  const text = jsonText(figuresOf(made, processes))
  say(describe(made, processes))
  if (config.output === undefined) return text
  const page = planPage(found, made.facts, made.options, pageFacts(made), processes)
  const checked =
    made.check === undefined ? [] : checkSections(made.check, made.options.measuredCores)
  const whole = { ...page, sections: [...page.sections, ...checked] }
  const files = await writeWholeFiles(config.output, [
    { name: 'plan.json', text },
    { name: 'plan.html', text: renderReportPage(whole) },
  ])
  log.info({ files }, 'written')
  return text
}

function checkSections(check: PlanCheck, cores: number): readonly ReportSection[] {
  return [
    { title: 'The plan run live', text: describeCheck(check, cores), table: figuresTable(check) },
    { title: 'Parts of the live run', table: checkPartsTable(check) },
  ]
}

function describe(made: Made, processes: readonly PlannedProcess[]): string {
  const { facts, options, plan: found, hopFrom } = made
  const { chosen } = found
  const lines = [
    `${facts.samples} images, links '${options.links.name}', a hop ${options.costs.hopMs.toFixed(1)} ms (${hopFrom})`,
    textTable(plansTable(found, facts, options)),
    ...describeChoice(found, options),
  ]
  if (chosen !== undefined) {
    lines.push(textTable(partsTable(chosen)))
    if (!made.config.isApplied) {
      lines.push(
        'Its thresholds and codecs: the same command with --apply writes them. Then start:',
      )
    }
    lines.push(
      ...processes.map(
        ({ replicas, command }) =>
          `  ${command.join(' ')}${replicas > 1 ? `   # ${replicas} replicas` : ''}`,
      ),
      'PLACE:9092 stands for the brokers at a place.',
    )
  }
  if (made.check !== undefined) {
    lines.push(
      'The plan run live:',
      textTable(figuresTable(made.check)),
      textTable(checkPartsTable(made.check)),
      ...describeCheck(made.check, made.options.measuredCores),
    )
  }
  return `${lines.join('\n')}\n`
}

function processesOf({
  plan: { chosen },
  facts,
  options,
  config,
}: Made): readonly PlannedProcess[] {
  const device = options.places[0]
  if (chosen === undefined || device === undefined) return []
  return commandsOf(chosen, facts, { device, input: config.inputFlags })
}

function figuresOf(made: Made, processes: readonly PlannedProcess[]): object {
  const { config, judged, facts, options, plan: found } = made
  const { chosen, best, count } = found
  const machine = describeMachine()
  return {
    format: 1,
    createdAt: new Date().toISOString(),
    ddnn: readVersion(),
    family: judged.scores.family ?? null,
    engine: judged.engine,
    machine,
    models: config.scores.models,
    input: config.scores.input,
    dataHash: judged.scores.dataHash,
    samples: facts.samples,
    lastAccuracy: facts.lastAccuracy,
    options,
    hopFrom: made.hopFrom,
    measured: {
      stages: facts.stages,
      exits: facts.exits,
      images: facts.images,
      readMs: facts.readMs,
    },
    count,
    best,
    chosen: chosen ?? null,
    calibration: chosen === undefined ? null : calibrationOf(made, chosen),
    processes,
    check: made.check ?? null,
  }
}

/** The chosen plan as manifests take it. */
export function calibrationOf(made: Made, chosen: Candidate) {
  const folders = calibratedFoldersOf(chosen, made.facts)
  return { record: planRecord(folders, recordFactsOf(made)), folders }
}

/** What manifests tell of how their thresholds came about. */
export function recordFactsOf({ config, judged, facts, options }: Made): RecordFacts {
  const { split } = config.settings
  const goal = options.goal === undefined ? 'least mean latency' : describeLatencyGoal(options.goal)
  return {
    date: new Date().toISOString(),
    goal: `${goal}, accuracy loss at most ${options.maxLoss * 100} points as measured, links '${options.links.name}'`,
    dataHash: judged.scores.dataHash,
    chosenOn: Math.round(judged.scores.samples.length * split),
    testedOn: split === 1 ? 0 : facts.samples,
  }
}

function pageFacts({ config, judged, facts, options, hopFrom }: Made): [string, string][] {
  const machine = describeMachine()
  return [
    ['Models', config.scores.models.join(', ')],
    [
      'Images',
      `${judged.scores.samples.length} of ${config.scores.input.folder}, figures of ${facts.samples}`,
    ],
    ['Links', options.links.name],
    ['A hop', `${options.costs.hopMs.toFixed(1)} ms, ${hopFrom}`],
    ['Places', options.places.map(({ name, speed }) => `${name} x ${speed}`).join(', ')],
    ['Software', `ddnn ${readVersion()}, ${judged.engine}, Node ${machine.node}`],
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`],
  ]
}
