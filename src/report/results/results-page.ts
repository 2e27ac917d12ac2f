// The page of `results`: best and last values, figures, what else there is to read, and facts of the runs.
import { basename, relative, sep } from 'node:path'
import { describePercent } from '../describe.ts'
import type { Headline } from '../page/document.ts'
import type { ReportPage, ReportSection } from '../page/page.ts'
import { bestOf, bestTable } from './best-table.ts'
import { exitCharts, type Figure } from './curves.ts'
import type { ExitCurves } from './history.ts'
import type { ModuleFigure } from './plot-module.ts'
import type { Run } from './read-run.ts'

/** `output` is the folder that the page will stand in, for its links. */
export function resultsPage(
  runs: readonly Run[],
  figures: readonly (Figure | ModuleFigure)[],
  isOwn: boolean,
  output: string,
): ReportPage {
  const [first] = runs
  const isOne = runs.length === 1 && first !== undefined
  return {
    title: isOne ? `Training of ${first.name}` : `${runs.length} training runs`,
    headline: headlineOf(runs),
    provenance: isOne ? factsOf(first) : [],
    sections: [
      {
        title: 'Best and last values',
        text: [
          'Validation images are never trained on; compare exits by them. Of equal values the first epoch is named.',
        ],
        table: bestTable(runs),
      },
      ...(isOwn ? ownSections(runs, figures as readonly Figure[]) : figures.map(moduleSection)),
      ...(isOne ? [] : [runsSection(runs)]),
      ...reportSection(runs, output),
    ],
  }
}

function factsOf({ file, history, record }: Run): readonly (readonly [string, string])[] {
  return [
    ['History', basename(file)],
    ['Epochs', String(history.epochs)],
    ['Exits', history.exits.map(({ name }) => name).join(', ')],
    ...(record?.facts ?? []),
  ]
}

/** Of one run, the best accuracy of its first exits and its last; of several, each one's of its last. */
function headlineOf(runs: readonly Run[]): readonly Headline[] {
  const [first] = runs
  if (runs.length !== 1 || first === undefined) {
    return runs.slice(0, 4).map((run) => accuracyOf(run, run.history.exits.at(-1), run.name))
  }
  const { history, record } = first
  const { exits } = history
  const shown = exits.length > 3 ? [...exits.slice(0, 2), ...exits.slice(-1)] : exits
  const kept = record?.bestEpoch
  const note = kept === undefined ? undefined : `kept: epoch ${kept}`
  return [
    ...shown.map((exit) => accuracyOf(first, exit, `Accuracy of ${exit.name}`)),
    { name: 'Epochs', value: String(history.epochs), note },
  ]
}

function accuracyOf({ history }: Run, exit: ExitCurves | undefined, name: string): Headline {
  const isValidated = exit?.validation.accuracy !== undefined
  const curve = isValidated ? exit.validation.accuracy : exit?.training.accuracy
  const best = curve && bestOf(curve, 'most')
  if (best === undefined) return { name, value: '-' }
  const share = isValidated ? 'validation' : 'training'
  const note = `${share}, best of ${history.epochs} epochs, at epoch ${best.epoch}`
  return { name, value: describePercent(best.value), note }
}

/** A column a run. */
function runsSection(runs: readonly Run[]): ReportSection {
  const facts = runs.map((run) => new Map(factsOf(run)))
  const names = [...new Set(facts.flatMap((own) => [...own.keys()]))]
  const rows = names.map((name) => [name, ...facts.map((own) => own.get(name) ?? '-')])
  return { title: 'Runs', table: { header: ['', ...runs.map(({ name }) => name)], rows } }
}

const strokesText = 'Solid lines are validation, dashed ones training, a mean over each epoch.'

/** `curves` shows the charts of the other figures again, side by side: a page has room for them as they are. */
function ownSections(runs: readonly Run[], figures: readonly Figure[]): readonly ReportSection[] {
  const [first] = runs
  const single = figures.filter(({ name }) => name !== 'curves')
  if (runs.length !== 1 || first === undefined) {
    return single.map(({ name, charts }) => ({
      title: name === 'accuracy' ? 'Accuracy of the runs' : 'Loss of the runs',
      text: [strokesText],
      charts,
    }))
  }
  const all = single.flatMap(({ charts }) => charts)
  const each = first.history.exits.flatMap((exit) => exitCharts(first, exit))
  return [
    { title: 'All exits', text: [strokesText], charts: all },
    ...(first.history.exits.length < 2 ? [] : [{ title: 'Each exit', charts: each }]),
  ]
}

function moduleSection(figure: Figure | ModuleFigure): ReportSection {
  const title = 'title' in figure ? (figure.title ?? figure.name) : figure.name
  if ('svg' in figure) return { title, images: [{ svg: figure.svg, label: title }] }
  return { title, charts: figure.charts }
}

function reportSection(runs: readonly Run[], output: string): readonly ReportSection[] {
  const links = runs.flatMap(({ name, reports }) =>
    reports.map((file) => ({
      text: runs.length === 1 ? basename(file) : `${name}: ${basename(file)}`,
      href: relative(output, file).split(sep).join('/'),
    })),
  )
  return links.length === 0 ? [] : [{ title: 'Other reports on these models', links }]
}
