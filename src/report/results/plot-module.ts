// --plot-module: a user's own figures (docs/modules.md, with an example in docs/examples that a test runs).
// The original's users edited training_results.py for this.
import { DdnnError, type ConfigError } from '../../errors.ts'
import { importFunction, invalidModule } from '../../user-module.ts'
import type { Chart } from '../plot/plot.ts'
import type { Run } from './read-run.ts'

/** What the module is given. */
interface PlotContext {
  /** In the order of --input. */
  readonly runs: readonly Run[]
  /** Absolute path of --output, which is there: a module may write files of its own into it. */
  readonly output: string
  /** Of --formats. */
  readonly formats: readonly string[]
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
}

interface FigureBase {
  /** Of the files: NAME.svg, NAME.png. */
  readonly name: string
  /** Above it on the page; its name where left out. */
  readonly title?: string
}

/** What it gives: our charts, or the SVG text of any other library. */
export type ModuleFigure =
  | (FigureBase & { readonly charts: readonly Chart[]; readonly columns: number })
  | (FigureBase & { readonly svg: string })

export interface PlotModule {
  readonly file: string
  /**
   * Undefined where it gives nothing: it wrote what it wanted.
   * @throws DDNN_MODULE_INVALID when it gives something else than figures, DDNN_OUTPUT_FAILED when it throws.
   */
  createFigures(context: PlotContext): Promise<readonly ModuleFigure[] | undefined>
}

/** @throws DDNN_MODULE_INVALID when the module does not load or has no `createFigures`. */
export async function loadPlotModule(path: string): Promise<PlotModule> {
  const { file, call } = await importFunction(path, 'createFigures')
  return {
    file,
    async createFigures(context) {
      const given = await callModule(file, async () => await call(context))
      return checkFigures(given, file)
    },
  }
}

async function callModule(file: string, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new DdnnError('DDNN_OUTPUT_FAILED', `'createFigures' of '${file}' failed: ${message}`, {
      cause,
    })
  }
}

const fileName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/
const chartKinds: readonly unknown[] = [
  'lines',
  'bars',
  'points',
  'reliability',
  'matrix',
] satisfies Chart['kind'][]

function checkFigures(given: unknown, file: string): readonly ModuleFigure[] | undefined {
  if (given === undefined || given === null) return undefined
  if (!Array.isArray(given)) throw wrong(file, 'a list of figures', given)
  const figures = given.map((figure: unknown, i) => checkFigure(figure, `figure ${i}`, file))
  const names = new Set(figures.map(({ name }) => name.toLowerCase()))
  if (names.size < figures.length) throw wrong(file, 'figures of different names', [...names])
  return figures
}

function checkFigure(given: unknown, where: string, file: string): ModuleFigure {
  const figure = (given ?? {}) as Readonly<Record<string, unknown>>
  const { name, title, charts, svg, columns = 1 } = figure
  if (typeof name !== 'string' || !fileName.test(name)) {
    throw wrong(file, `${where} with a name of letters, digits, '.', '_' and '-'`, name)
  }
  if (title !== undefined && typeof title !== 'string') {
    throw wrong(file, `'${name}' with a title that is text`, title)
  }
  const base = title === undefined ? { name } : { name, title }
  if (typeof svg === 'string') {
    if (!/^\s*(<\?xml|<!--|<!DOCTYPE|<svg)/i.test(svg))
      throw wrong(file, `'${name}' with SVG text`, svg)
    return { ...base, svg }
  }
  const isChart = (chart: unknown) =>
    chartKinds.includes((chart as { readonly kind?: unknown } | null)?.kind)
  if (!Array.isArray(charts) || charts.length === 0 || !charts.every(isChart)) {
    throw wrong(file, `'${name}' with 'svg', or 'charts' of kinds ${chartKinds.join(', ')}`, charts)
  }
  if (!Number.isSafeInteger(columns) || (columns as number) < 1) {
    throw wrong(file, `'${name}' with a whole number of columns`, columns)
  }
  return { ...base, charts: charts as Chart[], columns: columns as number }
}

/** A chart that passed the check and yet cannot be drawn: its fields are not those of its kind. */
export function undrawable(file: string, name: string, cause: unknown): ConfigError {
  return invalidModule(
    `Expected '${name}' of '${file}' to be drawn, got an error: ${String(cause)}`,
    cause,
  )
}

function wrong(file: string, expected: string, got: unknown): ConfigError {
  const shown = JSON.stringify(got)?.slice(0, 80) ?? String(got)
  return invalidModule(`Expected 'createFigures' of '${file}' to give ${expected}, got ${shown}`)
}
