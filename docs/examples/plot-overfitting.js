// --plot-module docs/examples/plot-overfitting.js
// In place of the standard figures: how far each exit is ahead on the images that it was trained on, a figure
// drawn by this module itself, and a file of its own (overfitting.csv).
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Called once, when all histories are read.
 * @param {{ runs: object[], output: string, formats: string[], signal: AbortSignal }} context
 *   the runs in the order of --input, the folder of --output (it is there), and what --format says
 * @returns figures, now or by a promise: { name, title?, charts, columns? } of ddnn's charts, or { name, title?,
 *   svg } of any other library. Nothing at all, when the module has written all that is wanted.
 */
export async function createFigures({ runs, output }) {
  const gaps = runs.flatMap(({ name, history }) =>
    history.exits.map((exit) => ({ name: `${name} ${exit.name}`, gap: gapOf(exit) })),
  )
  const rows = gaps.map(({ name, gap }) => `${name};${(gap.at(-1) ?? 0).toFixed(2)}`)
  await writeFile(join(output, 'overfitting.csv'), `exit;points\n${rows.join('\n')}\n`)
  return [
    {
      name: 'overfitting',
      title: 'Overfitting',
      charts: [
        {
          kind: 'lines',
          title: 'Training accuracy less validation accuracy',
          xLabel: 'Epoch',
          yLabel: 'Percentage points',
          series: gaps.map(({ name, gap }) => ({ name, points: gap.map((y, i) => [i + 1, y]) })),
        },
        {
          kind: 'bars',
          title: 'In the last epoch',
          xLabel: 'Exit',
          yLabel: 'Percentage points',
          categories: gaps.map(({ name }) => name),
          series: [{ name: 'gap', values: gaps.map(({ gap }) => gap.at(-1) ?? 0) }],
        },
      ],
      columns: 2,
    },
    { name: 'last-gaps', title: 'Drawn by the module', svg: drawDots(gaps) },
  ]
}

/** Percentage points by epoch; null where the history has none. */
function gapOf({ training, validation }) {
  return (training.accuracy ?? []).map((own, i) => {
    const other = validation.accuracy?.[i] ?? null
    return own === null || other === null ? null : (own - other) * 100
  })
}

/** SVG text: what d3, Observable Plot or a template gives. Names of exits are yours, so nothing is escaped. */
function drawDots(gaps) {
  const dots = gaps.map(({ gap }, i) => {
    const x = 20 + 10 * Math.min(50, Math.max(0, gap.at(-1) ?? 0))
    return `<circle cx="${x}" cy="${20 + 20 * i}" r="6" fill="#0072b2"/>`
  })
  const height = 20 + 20 * gaps.length
  return `<svg xmlns="http://www.w3.org/2000/svg" width="540" height="${height}">${dots.join('')}</svg>`
}
