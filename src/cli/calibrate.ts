// `ddnn calibrate`: temperatures and thresholds from held-out images, written into the manifests, with a report.
import { featureForms } from '../domain/feature-codec.ts'
import { jsonText } from '../domain/json-text.ts'
import { neverOf, writtenThreshold } from '../domain/leaves.ts'
import type { JudgedScores, ScoresOptions } from '../compose/scores.ts'
import {
  calibrate as calibrateScores,
  type CalibrateOptions,
  type Calibration,
} from '../lab/evaluation/calibrate.ts'
import { calibrationScores } from '../lab/evaluation/calibration-scores.ts'
import { calibratedFolders, recordOf } from '../lab/evaluation/calibration-record.ts'
import { calibrationPage } from '../report/evaluation/calibration-page.ts'
import {
  candidatesTable,
  cascadeTable,
  codecsOfFolds,
  exitsTable,
} from '../report/evaluation/calibration-tables.ts'
import { criteriaTable, criterionSentences } from '../report/evaluation/criteria-section.ts'
import { memoryNote, memoryTable } from '../report/evaluation/memory-section.ts'
import {
  boundSentences,
  exitBoundsNote,
  exitBoundsTable,
} from '../report/evaluation/risk-tables.ts'
import { sweepCells, sweepColumns } from '../report/evaluation/sweep-table.ts'
import { stageNamesOf } from '../lab/evaluation/exit-facts.ts'
import { chooseCodec, type CodecChoice } from '../lab/evaluation/choose-codec.ts'
import type { LabelledInput } from '../lab/evaluation/labelled.ts'
import { parseLinks, type Link } from '../lab/evaluation/link-profile.ts'
import { writeCalibrationScores } from '../model/calibration-scores.ts'
import { finishWriting, writeCalibration } from '../model/calibrated-manifests.ts'
import { readModelFolder } from '../model/folder.ts'
import { renderReportPage } from '../report/page/render-page.ts'
import { textTable } from '../report/text-table.ts'
import { writeWholeFiles } from '../report/whole-files.ts'
import { describeMachine } from '../telemetry/machine.ts'
import { collectToTest } from './collect-tests.ts'
import { checkReport } from './check-report.ts'
import { createCommandLog } from './command-log.ts'
import type { CommandResult } from './command-result.ts'
import type { Values } from './flag-types.ts'
import { createSay, stopped } from './json-output.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readFeatureCodec } from './read-feature-codec.ts'
import { readGoal } from './read-goal.ts'
import { splitOf, testInputOf } from './read-proof.ts'
import { readScoresOptions } from './read-scores.ts'
import { shownCommand } from './shown-command.ts'
import { readVersion } from './version.ts'

interface CalibrateConfig {
  readonly scores: ScoresOptions
  /** Undefined where a share of the images tests, or folds do. */
  readonly testInput: LabelledInput | undefined
  readonly options: Omit<CalibrateOptions, 'links' | 'rules'>
  readonly links: readonly string[]
  /** 0 to 1. */
  readonly maxCodecLoss: number
  readonly isDryRun: boolean
  /** Undefined writes no report. */
  readonly output: string | undefined
}

interface Stage {
  readonly name: string
  readonly folder: string
}

/** Calibrates, prints and writes; an interrupt ends it with nothing written. */
export async function calibrate(
  line: CommandLine<'calibrate'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const problems = [...line.problems]
  const config = readConfig(line.values, problems)
  assertNoProblems(problems, line.command)
  const log = createCommandLog(line.values)
  await checkReport(line.values, {
    names: ['calibration.json', 'sweep.csv', 'calibration.html'],
    columns: /^Criterion;Accuracy;Loss;/,
  })
  const stages = await readStages(config.scores.models)
  // Before the images, which may take minutes.
  const links = parseLinks(config.links, stages)
  const folders = stages.map((stage) => stage.folder)
  for (const folder of config.isDryRun ? [] : await finishWriting(folders)) {
    log.warn({ folder }, 'ended what an interrupted calibration had begun to write')
  }
  const needsWhole =
    "Thresholds are chosen against the network's last exit: pass all its folders, in order"
  const collected = await collectToTest(
    { ...config.scores, needsWhole },
    config.testInput,
    log,
    signal,
  )
  if (collected === undefined) return stopped('interrupted: nothing was written')
  const { judged, choosing } = collected
  const options = { ...config.options, choosing }
  const { scores } = judged
  for (const { reason } of scores.unreadable) log.warn(`left out: ${reason}`)
  const choice = choose({ ...config, options }, judged, links)
  const { codec, calibration } = choice
  for (const warning of calibration.warnings) log.warn(warning)

  const calibrated = calibratedFolders(scores, calibration, codec)
  const record = recordOf(scores, calibration, calibrated, new Date().toISOString())
  const say = createSay(line.values)
  say(describe(calibration) + describeCodec(config, choice))
  if (config.isDryRun) say('Manifests were left as they are (--dry-run)\n')
  else {
    await writeCalibration(calibrated, record)
    const table = calibrationScores(scores, calibration, { ...options, codec })
    for (const { folder } of calibrated) await writeCalibrationScores(folder, table)
    const written = calibrated.map(({ folder }) => folder).join(', ')
    say(`Calibration ${record.version} written to ${written}\n`)
  }
  const figures = figuresOf({ ...config, options }, judged, choice, record)
  if (config.output !== undefined) {
    const files = await writeReport(config, config.output, judged, choice, record, figures)
    log.info({ files }, 'written')
  }
  const written = config.isDryRun ? [] : calibrated.map(({ folder }) => folder)
  return { failures: scores.unreadable.length, json: jsonText({ ...figures, written }) }
}

function readConfig(values: Values<'calibrate'>, problems: string[]): CalibrateConfig {
  if (values.string('criterion') === 'raw' && values.string('exit-memory') === 'on') {
    problems.push(
      'Expected --exit-memory auto or off with --criterion raw, got on: of the numbers that raw goes by there is no mean',
    )
  }
  const featureCodec = readFeatureCodec(values, problems)
  const others = featureForms.filter((form) => form !== 'float32')
  return {
    scores: {
      ...readScoresOptions(values, problems),
      featureCodec: featureCodec ?? 'float32',
      compare: featureCodec === undefined ? others : [],
    },
    options: {
      goal: readGoal(values, problems),
      confidence: values.number('confidence'),
      minExitShare: values.number('min-exit-share'),
      criterion: values.string('criterion'),
      memory: values.string('exit-memory'),
      split: splitOf(values, problems),
      folds: values.number('folds'),
      seed: values.number('seed'),
    },
    testInput: testInputOf(values, problems),
    links: values.words('link'),
    maxCodecLoss: values.number('max-codec-loss') / 100,
    isDryRun: values.boolean('dry-run') === true,
    output: values.string('output'),
  }
}

function choose(
  { scores: { compare = [], featureCodec = 'float32' }, options, maxCodecLoss }: CalibrateConfig,
  { scores, rules }: JudgedScores,
  links: readonly Link[],
): CodecChoice {
  if (compare.length === 0 || scores.stages.length === 1) {
    const calibration = calibrateScores(scores, { ...options, links, rules })
    return { codec: featureCodec, calibration, candidates: [], ofFolds: [] }
  }
  return chooseCodec(scores, { ...options, links, rules }, maxCodecLoss)
}

/** The submodels whose manifests are to be written, named as the report names them. */
async function readStages(models: readonly string[]): Promise<readonly Stage[]> {
  const specs = (await Promise.all(models.map((folder) => readModelFolder(folder)))).flat()
  const names = stageNamesOf(specs.map(({ name }) => name))
  return specs.map(({ name, folder }, i) => ({ name: names[i] ?? name, folder }))
}

/** calibration.json. */
function figuresOf(
  { scores: { models, input }, testInput, options, links }: CalibrateConfig,
  { scores, engine }: JudgedScores,
  { codec, calibration, candidates, ofFolds }: CodecChoice,
  record: ReturnType<typeof recordOf>,
): object {
  const machine = describeMachine()
  const { family = null } = scores
  const ddnn = readVersion()
  const run = { format: 1, ddnn, family, engine, machine, models, input, testInput, options, links }
  const codecs = { featureCodec: codec, codecs: candidates, codecsOfFolds: ofFolds }
  const thresholds = calibration.thresholds.map((threshold, exit) =>
    writtenThreshold(threshold, neverOf(calibration.exits[exit]?.criterion ?? 'softmax')),
  )
  return { ...run, record, ...codecs, ...calibration, thresholds }
}

async function writeReport(
  { scores: { models, input }, testInput }: CalibrateConfig,
  output: string,
  { scores, engine }: JudgedScores,
  choice: CodecChoice,
  record: ReturnType<typeof recordOf>,
  figures: object,
): Promise<readonly string[]> {
  const machine = describeMachine()
  const { calibration } = choice
  const names = scores.exits.map(({ name }) => name)
  const facts: [string, string][] = [
    ['Command', shownCommand(process.argv.slice(2))],
    ['Models', models.join(', ')],
    ['Family', scores.family ?? 'not named'],
    ['Calibration', record.version],
    [
      'Images',
      `${scores.samples.length} of ${input.folder}${testInput === undefined ? '' : `, those that test of ${testInput.folder}`}`,
    ],
    ['Hash of the images', scores.dataHash],
    ['Date', record.date],
    ['Software', `ddnn ${readVersion()}, ${engine}, Node ${machine.node}`],
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`],
  ]
  return writeWholeFiles(output, [
    { name: 'calibration.json', text: jsonText(figures) },
    { name: 'sweep.csv', columns: sweepColumns(names), rows: calibration.sweep.map(sweepCells) },
    {
      name: 'calibration.html',
      text: renderReportPage(calibrationPage(calibration, facts, choice)),
    },
  ])
}

/** Which codec, and why. */
function describeCodec(
  { maxCodecLoss }: CalibrateConfig,
  { codec, candidates, ofFolds, calibration }: CodecChoice,
): string {
  if (candidates.length === 0) return ''
  const folds = codecsOfFolds(calibration, ofFolds)
  const points = (maxCodecLoss * 100).toFixed(2)
  return `${textTable(candidatesTable(candidates, codec))}\nFeatures travel as ${codec}: the fewest bytes at a loss of at most ${points} points to float32, by the cascade and by each exit behind a link, on the images that choose\n${folds === undefined ? '' : `${folds}\n`}`
}

function describeMemory(calibration: Calibration): readonly string[] {
  const table = memoryTable(calibration)
  return table === undefined ? [] : ['', textTable(table), memoryNote]
}

function describeExitBounds({ bound, exits }: Calibration): readonly string[] {
  const table = exitBoundsTable(
    bound,
    exits.map(({ name }) => name),
  )
  return bound === undefined || table === undefined ? [] : [textTable(table), exitBoundsNote(bound)]
}

/** What stdout shows. */
function describe(calibration: Calibration): string {
  const { onTested } = calibration
  const others = onTested === undefined ? 'that chose: they flatter' : 'that did not choose'
  return [
    `Goal: ${calibration.goal}. Figures of the exits are of the images ${others}.`,
    textTable(exitsTable(calibration)),
    textTable(criteriaTable(calibration)),
    ...criterionSentences(calibration),
    ...describeMemory(calibration),
    '',
    textTable(cascadeTable(calibration)),
    ...boundSentences(calibration.bound),
    ...describeExitBounds(calibration),
    '',
  ].join('\n')
}
