// The page of `results`: facts of the runs, best and last values, figures, and what else there is to read.
import { basename, relative, sep } from 'node:path'
import type { ReportPage, ReportSection } from '../plot/plot.ts'
import { bestTable } from './best-table.ts'
import { exitCharts, type Figure } from './curves.ts'
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
    facts: isOne ? factsOf(first) : [],
    sections: [
      ...(isOne ? [] : [runsSection(runs)]),
      {
        title: 'Best and last values',
        text: [
          'Validation images are never trained on; compare exits by them. Of equal values the first epoch is named.',
        ],
        table: bestTable(runs),
      },
      ...(isOwn ? ownSections(runs, figures as readonly Figure[]) : figures.map(moduleSection)),
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
