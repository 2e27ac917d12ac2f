// Parts of a Config that several commands read from the same flags: the engine, the exit decision, the reports.
import type { EngineConfig, ExitConfig, OutputConfig } from './config.ts'
import type { FlagReader } from './flag-types.ts'
import { isJson } from './json-output.ts'

type EngineFlag = 'engine' | 'engine-threads' | 'max-batch-size' | 'tensorflow' | 'workers'

/**
 * The engine's flags, shared by all commands that run models; how long a sample waits for company is theirs.
 * --tensorflow is --engine tensorflow: beside another engine it is a problem.
 */
export function readEngine(
  values: FlagReader<EngineFlag>,
  maxQueueDelayMs: number,
  problems: string[],
): EngineConfig {
  const engine = values.string('engine')
  const isTensorflow = values.boolean('tensorflow') === true
  if (isTensorflow && engine !== 'auto' && engine !== 'tensorflow') {
    problems.push(`Expected --tensorflow or --engine ${engine}, got both`)
  }
  return {
    choice: isTensorflow ? 'tensorflow' : engine,
    maxBatchSize: values.number('max-batch-size'),
    maxQueueDelayMs,
    workers: values.number('workers'),
    threads: values.number('engine-threads'),
  }
}

/** The flags of the exit decision, shared with `demo`. */
export function readExits(
  values: FlagReader<'criterion' | 'threshold' | 'path-position', 'run' | 'demo' | 'evaluate'>,
  problems: string[],
): ExitConfig {
  const confidence = values.string('criterion')
  const threshold = values.number('threshold')
  const position = values.number('path-position')
  const other =
    threshold !== undefined ? '--threshold' : confidence !== undefined ? '--criterion' : ''
  if (position !== undefined && other !== '') {
    problems.push(
      `Expected --path-position or ${other}, got both: the path has thresholds and criteria of its own`,
    )
  }
  return { confidence, threshold, position }
}

/** The flags of the reports, shared with `demo`. A report module gets the file's name in place of the CSV. */
export function readOutput(
  values: FlagReader<
    'output' | 'csv' | 'html' | 'force' | 'report-module' | 'json',
    'run' | 'demo'
  >,
  defaultCsv: string | undefined,
): OutputConfig {
  return {
    csvFile: values.string('output') ?? defaultCsv,
    csvForm: values.string('csv'),
    resume: false,
    htmlFile: values.string('html'),
    isForced: values.boolean('force') === true,
    reportModule: values.string('report-module'),
    isJson: isJson(values),
  }
}
