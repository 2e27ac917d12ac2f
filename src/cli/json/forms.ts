// What each command prints with --json: the one table that docs/json.md is made of, and that the tests hold every
// command against. A command without a row does not compile.
import type { z } from 'zod'
import { benchSchema } from '../../lab/bench/report/json.ts'
import { runSchema } from '../../report/run-schema.ts'
import type { CommandName } from '../flag.ts'
import { calibrateSchema } from './calibrate.ts'
import { classifySchema } from './classify.ts'
import { doctorSchema } from './doctor.ts'
import { downloadSchema } from './download.ts'
import { evaluateSchema } from './evaluate.ts'
import { exportSchema } from './export.ts'
import { healthSchema } from './health.ts'
import { initSchema } from './init.ts'
import { manifestsSchema } from './manifests.ts'
import { planSchema } from './plan.ts'
import { replaySchema } from './replay.ts'
import { reportSchema } from './report.ts'
import { resultsSchema } from './results.ts'
import { trainSchema } from './train.ts'
import { upSchema } from './up.ts'

interface JsonForm {
  /** `document` is one at the end; of `lines` each is an object by itself. */
  readonly kind: 'document' | 'lines'
  readonly schema: z.ZodType
  /** What else is to be known, a sentence or two. */
  readonly note?: string
}

const document = (schema: z.ZodType, note?: string): JsonForm => ({
  kind: 'document',
  schema,
  ...(note === undefined ? {} : { note }),
})
const lines = (schema: z.ZodType, note: string): JsonForm => ({ kind: 'lines', schema, note })

export const jsonForms: { readonly [C in CommandName]: JsonForm } = {
  run: document(
    runSchema,
    'Of a device and a local run. A tier or a gateway ends without a result: nothing stands on its stdout but an error that ended it, and its log on stderr is JSON (--log-format json).',
  ),
  demo: document(runSchema),
  classify: lines(classifySchema, 'A line an image, in the order of the sources.'),
  up: lines(
    upSchema,
    'What the processes themselves write goes to stderr, each line behind the name of its process.',
  ),
  init: document(initSchema),
  manifests: document(manifestsSchema),
  train: document(
    trainSchema,
    'Of a training; with --split alone and with --list-exits the shorter ones.',
  ),
  results: document(resultsSchema),
  report: document(reportSchema, 'As report.json of --output, and `written`.'),
  evaluate: document(evaluateSchema, 'As evaluation.json of --output.'),
  calibrate: document(calibrateSchema, 'As calibration.json of --output, and `written`.'),
  export: document(exportSchema),
  bench: document(benchSchema, 'As bench.json of --output.'),
  plan: document(planSchema, 'As plan.json of --output.'),
  download: document(downloadSchema),
  health: document(healthSchema),
  doctor: document(doctorSchema, '--format json says the same.'),
  replay: lines(
    replaySchema,
    'A line a letter, and a summary as the last one. --format json says the same.',
  ),
}
