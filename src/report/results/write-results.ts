// `results`: runs to files. All is drawn before the first file is written, so that a mistake writes none.
import { rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { madeBy } from '../../domain/made-by.ts'
import { DdnnError } from '../../errors.ts'
import { checkOutput } from '../../files/check-output.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { ownReport } from '../../files/replaces.ts'
import { reasonOf } from '../../files/unwritable.ts'
import { renderFigure } from '../plot/figure.ts'
import { renderReportPage } from '../page/render-page.ts'
import { standardFigures, type Figure } from './curves.ts'
import { undrawable, type ModuleFigure, type PlotModule } from './plot-module.ts'
import type { Run } from './read-run.ts'
import { resultsPage } from './results-page.ts'

export const resultFormats = ['svg', 'png', 'html'] as const
export type ResultFormat = (typeof resultFormats)[number]

interface ResultsOptions {
  readonly output: string
  readonly formats: readonly ResultFormat[]
  /** In place of the standard figures. */
  readonly module?: PlotModule | undefined
  /** SVG text to a PNG. */
  readonly rasterize: (svg: string) => Promise<Buffer>
  readonly signal: AbortSignal
  /** Whether files that ddnn did not make are written over. */
  readonly isForced?: boolean
}

interface Drawn {
  readonly name: string
  readonly bytes: string | Buffer
}

/**
 * Writes figures as NAME.svg and NAME.png, and index.html; gives the paths. Other files of the folder stay.
 * Once the signal is aborted nothing more is written: files are whole or not there.
 * @throws DDNN_OUTPUT_FAILED, DDNN_CONFIG_INVALID for files that are not to be replaced, and what the module throws.
 */
export async function writeResults(
  runs: readonly Run[],
  options: ResultsOptions,
): Promise<readonly string[]> {
  const { module, formats, signal } = options
  const output = resolve(options.output)
  const figures = await figuresOf(runs, output, options)
  if (figures === undefined) return []
  const drawn: Drawn[] = []
  for (const figure of figures) {
    if (signal.aborted) return []
    drawn.push(...(await drawFigure(figure, options)))
  }
  if (formats.includes('html')) {
    const page = resultsPage(runs, figures, module === undefined, output)
    const bytes = guarded(module, 'index.html', () => renderReportPage(page))
    drawn.push({ name: 'index.html', bytes })
  }
  const names = drawn.map(({ name }) => name)
  await checkOutput({
    path: options.output,
    kind: 'folder',
    flag: '--output (-o)',
    files: { names, replaces: options.isForced === true ? 'anything' : ownReport },
  })
  await makeOutput(output)
  const written: string[] = []
  for (const { name, bytes } of drawn) {
    if (signal.aborted) break
    written.push(await writeWhole(join(output, name), bytes))
  }
  return written
}

/** Undefined where a module wrote its own files, or was interrupted. */
async function figuresOf(
  runs: readonly Run[],
  output: string,
  { module, formats, signal }: ResultsOptions,
): Promise<readonly (Figure | ModuleFigure)[] | undefined> {
  if (module === undefined) return standardFigures(runs)
  // An event that was is not told again.
  if (signal.aborted) return undefined
  await makeOutput(output)
  // A module that waits for ever must not keep Ctrl-C waiting.
  const interrupted = new Promise<undefined>((end) =>
    signal.addEventListener('abort', () => end(undefined), { once: true }),
  )
  return Promise.race([module.createFigures({ runs, output, formats, signal }), interrupted])
}

async function drawFigure(
  figure: Figure | ModuleFigure,
  { formats, module, rasterize }: ResultsOptions,
): Promise<readonly Drawn[]> {
  const { name } = figure
  const svg = guarded(module, name, () =>
    'svg' in figure ? figure.svg : renderFigure(figure.charts, figure.columns),
  )
  const files: Drawn[] = []
  if (formats.includes('svg'))
    files.push({ name: `${name}.svg`, bytes: `${svg}\n<!-- ${madeBy} -->\n` })
  if (formats.includes('png')) {
    const png = await rasterize(svg).catch((cause: unknown) => {
      throw module === undefined ? cause : undrawable(module.file, name, cause)
    })
    files.push({ name: `${name}.png`, bytes: png })
  }
  return files
}

/** An error in drawing a module's chart is the module's. */
function guarded<T>(module: PlotModule | undefined, name: string, draw: () => T): T {
  try {
    return draw()
  } catch (cause) {
    throw module === undefined ? cause : undrawable(module.file, name, cause)
  }
}

async function makeOutput(folder: string): Promise<void> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw failed(folder, cause)
  })
}

async function writeWhole(file: string, bytes: string | Buffer): Promise<string> {
  const part = `${file}.part`
  try {
    await writeFile(part, bytes)
    await rename(part, file)
    return file
  } catch (cause) {
    await rm(part, { force: true })
    throw failed(file, cause)
  }
}

function failed(file: string, cause: unknown): DdnnError {
  const message = `Expected to write '${file}', got ${reasonOf(cause)}`
  return new DdnnError('DDNN_OUTPUT_FAILED', message, {
    hint: 'Pass --output with a folder that you may write to',
    cause,
  })
}
