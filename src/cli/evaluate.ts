// `ddnn evaluate`: what the exits of models and their cascade are worth on labelled images.
import type { JudgedScores, ScoresOptions } from '../compose/scores.ts'
import { jsonText } from '../domain/json-text.ts'
import { evaluateScores, type Evaluation } from '../lab/evaluation/evaluate-scores.ts'
import { evaluationFigures } from '../report/evaluation/evaluation-json.ts'
import { evaluationPage } from '../report/evaluation/evaluation-page.ts'
import { evaluationColumns, evaluationRows } from '../report/evaluation/evaluation-rows.ts'
import {
  accuracyTable,
  bytesTable,
  codecsTable,
  costFacts,
  leaversTable,
  noSmaller,
  tiersTable,
} from '../report/evaluation/evaluation-tables.ts'
import { describeOdd, findOddExits, withoutNumbers } from '../lab/evaluation/odd-exits.ts'
import { mostShown } from '../report/evaluation/hardest-section.ts'
import { riskSentences } from '../report/evaluation/risk-tables.ts'
import { renderReportPage } from '../report/page/render-page.ts'
import { textTable } from '../report/text-table.ts'
import { writeWholeFiles, type WholeFile } from '../report/whole-files.ts'
import type { Logger } from '../telemetry/log.ts'
import { describeMachine, type Machine } from '../telemetry/machine.ts'
import { tellBeyondReach } from './beyond-reach.ts'
import { collectWithProgress } from './collect-scores.ts'
import { checkReport } from './check-report.ts'
import { createCommandLog } from './command-log.ts'
import type { CommandResult } from './command-result.ts'
import { readEvaluateConfig, type EvaluateConfig } from './evaluate-config.ts'
import { evaluationFormats, type EvaluationFormat } from './flags/evaluate.ts'
import { thumbnailsOf } from './hard-thumbnails.ts'
import { createSay, stopped } from './json-output.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { shownCommand } from './shown-command.ts'
import { readVersion } from './version.ts'

/** Files named in the log; evaluation.json names them all. */
const mostNamed = 10

/** Evaluates and prints; an interrupt ends it with nothing written. */
export async function evaluate(
  line: CommandLine<'evaluate'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const problems = [...line.problems]
  const config = readEvaluateConfig(line.values, problems)
  assertNoProblems(problems, line.command)
  const log = createCommandLog(line.values)
  await checkReport(line.values, {
    names: config.formats.map((format) => `evaluation.${format}`),
    columns: /^File;Label;.*;Exit;Prediction;Right;Error$/,
  })
  const judged = await collectWithProgress(config.scores, log, signal)
  if (judged === undefined) return stopped('interrupted: nothing was written')
  const { scores } = judged
  nameUnreadable(scores.unreadable, log)
  const odd = checkExits(scores, log)
  const evaluation = evaluateScores(scores, judged)
  const run = describeRun(config, judged)
  const figures = { ...run, ...evaluationFigures(scores, evaluation) }
  createSay(line.values)(describe(judged, evaluation))
  tellBeyondReach(line.values)
  if (config.output !== undefined) {
    const files = await filesOf(config, judged, evaluation, run, figures)
    const paths = await writeWholeFiles(config.output, files)
    log.info({ files: paths }, 'written')
  }
  return { failures: scores.unreadable.length + odd, json: jsonText(figures) }
}

/** Values that are no numbers are no answers: the most that one exit has. @throws DDNN_ENGINE_VALUE where all are. */
function checkExits(scores: JudgedScores['scores'], log: Logger): number {
  const { length } = scores.samples
  const odd = findOddExits(scores)
  const isAll = odd.length === scores.exits.length && odd.every(({ images }) => images === length)
  if (isAll && length > 0) throw withoutNumbers(odd.map(({ name }) => name))
  for (const one of odd) log.error(describeOdd(one, length))
  return Math.max(0, ...odd.map(({ images }) => images))
}

function nameUnreadable(unreadable: JudgedScores['scores']['unreadable'], log: Logger): void {
  for (const { reason } of unreadable.slice(0, mostNamed)) log.warn(`left out: ${reason}`)
  const more = unreadable.length - mostNamed
  if (more > 0) log.warn(`left out: ${more} more files`)
}

/** What the figures were measured with. */
interface Run {
  readonly format: 1
  readonly createdAt: string
  readonly ddnn: string
  /** Null where manifests name none. */
  readonly family: string | null
  readonly engine: string
  readonly machine: Machine
  readonly models: readonly string[]
  readonly input: ScoresOptions['input']
  readonly limit: number | null
}

function describeRun({ scores }: EvaluateConfig, { engine, scores: scored }: JudgedScores): Run {
  return {
    format: 1,
    createdAt: new Date().toISOString(),
    ddnn: readVersion(),
    family: scored.family ?? null,
    engine,
    machine: describeMachine(),
    models: scores.models,
    input: scores.input,
    limit: scores.limit ?? null,
  }
}

async function filesOf(
  { formats }: EvaluateConfig,
  { scores }: JudgedScores,
  evaluation: Evaluation,
  run: Run,
  figures: object,
): Promise<readonly WholeFile[]> {
  const shown = evaluation.cascade.hardest.slice(0, mostShown).map(({ file }) => file)
  const thumbnails = formats.includes('html')
    ? await thumbnailsOf(run.input, shown)
    : new Map<string, string>()
  const files: Record<EvaluationFormat, () => WholeFile> = {
    json: () => ({ name: 'evaluation.json', text: jsonText(figures) }),
    csv: () => ({
      name: 'evaluation.csv',
      columns: evaluationColumns(scores),
      rows: evaluationRows(scores, evaluation),
    }),
    html: () => ({
      name: 'evaluation.html',
      text: renderReportPage(evaluationPage(scores, evaluation, factsOf(run, scores), thumbnails)),
    }),
  }
  return evaluationFormats.filter((format) => formats.includes(format)).map((f) => files[f]())
}

function factsOf(run: Run, scores: JudgedScores['scores']): [string, string][] {
  const { machine, input } = run
  const skipped = scores.unreadable.length === 0 ? '' : `, ${scores.unreadable.length} unreadable`
  return [
    ['Command', shownCommand(process.argv.slice(2))],
    ['Models', run.models.join(', ')],
    ['Family', scores.family ?? 'not named'],
    ['Images', `${scores.samples.length} of ${input.folder}${skipped}`],
    ['Hash of the images', scores.dataHash],
    ['Date', run.createdAt],
    ['Software', `ddnn ${run.ddnn}, ${run.engine}, Node ${machine.node}`],
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`],
  ]
}

/** The tables of stdout. */
function describe({ scores }: JudgedScores, evaluation: Evaluation): string {
  const { exits, cascade, costs } = evaluation
  const folders = new Set(scores.stages.map(({ tier }) => tier)).size
  // Tiers are worth their own table where they are neither the exits nor one.
  const hasTiers = folders > 1 && cascade.tiers.length !== exits.length
  const tables = [
    accuracyTable(evaluation),
    leaversTable(evaluation),
    ...(hasTiers ? [tiersTable(evaluation)] : []),
    ...(costs.cuts.length === 0
      ? []
      : [bytesTable(evaluation, scores), codecsTable(evaluation, scores)]),
  ]
  const counts = `${evaluation.samples} images of ${scores.labels.length} labels`
  const facts = [...noSmaller(evaluation, scores), ...costFacts(evaluation)]
  const risk = riskSentences(evaluation)
  return [counts, ...tables.map(textTable), ...facts, ...risk, ''].join('\n')
}
