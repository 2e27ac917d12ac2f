// --report-module: a user's own report (docs/modules.md, with an example in docs/examples that a test
// runs). The original's users edited output_results.py for this.
import { DdnnError } from '../errors.ts'
import { importFunction, invalidModule } from '../user-module.ts'
import type { Report } from './report.ts'

/** What the module is told of the run before its first sample. */
interface ReportContext {
  readonly labels: readonly string[]
  /** How many samples there will be. */
  readonly count: number
  /** Of --output: results.csv where it was not given. */
  readonly file: string | undefined
}

/**
 * Loads a module and calls its `createReport(context)`, which gives `add(outcome)` and `close()`; all
 * three may be async.
 * @throws DDNN_MODULE_INVALID when the module does not load, or gives something else. `add` and
 * `close` throw DDNN_OUTPUT_FAILED with the module's own error as cause.
 */
export async function openReportModule(path: string, context: ReportContext): Promise<Report> {
  const { file, call } = await importFunction(path, 'createReport')
  const report = await guard(file, async () => await call(context))
  if (!isReport(report)) {
    throw invalidModule(`Expected 'createReport' of '${file}' to give 'add' and 'close' functions`)
  }
  return {
    add: (outcome) => guard(file, async () => report.add(outcome)),
    close: () => guard(file, async () => report.close()),
  }
}

function isReport(given: unknown): given is Report {
  const { add, close } = (given ?? {}) as { readonly add?: unknown; readonly close?: unknown }
  return typeof add === 'function' && typeof close === 'function'
}

async function guard<T>(file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    throw failed(file, cause)
  }
}

function failed(file: string, cause: unknown): DdnnError {
  if (cause instanceof DdnnError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new DdnnError('DDNN_OUTPUT_FAILED', `'${file}' failed: ${message}`, { cause })
}
