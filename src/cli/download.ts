// `ddnn download`: fetches a data set to where the other commands look for it. Progress on stderr, what is
// there now on stdout.
import { join } from 'node:path'
import { dataSets, type DataSet } from '../lab/download/data-sets.ts'
import {
  downloadDataSet,
  type DownloadOptions,
  type DownloadResult,
} from '../lab/download/download.ts'
import { jsonText } from '../domain/json-text.ts'
import { createDownloadProgress } from '../report/download-progress.ts'
import { checkFolder } from './check-folder.ts'
import type { CommandResult } from './command-result.ts'
import type { Values } from './flag-types.ts'
import { createSay, stopped } from './json-output.ts'
import type { DownloadDocument } from './json/download.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'

/** Makes the data set's folder. The first signal ends it with what was fetched kept, and one failure. */
export async function download(
  line: CommandLine<'download'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const problems = [...line.problems]
  const { values } = line
  const sha256 = values.string('sha256')
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    problems.push(`Expected --sha256 to be 64 hexadecimal digits, got '${sha256}'`)
  }
  assertNoProblems(problems, line.command)
  const dataSet = dataSets[values.string('data-set')]
  await checkFolder(values.string('output'))
  const progress = createDownloadProgress(process.stderr)
  for (const flag of dataSet.layout.isSplit ? [] : (['seed', 'test-share'] as const)) {
    if (values.isTyped(flag)) progress.notice(`--${flag} has no effect on ${dataSet.name}`)
  }
  try {
    const result = await downloadDataSet(
      readOptions(values, dataSet),
      {
        onProgress: (stage, bytes, total) => progress.update(stage, bytes, total),
        onNotice: (text) => progress.notice(text),
      },
      signal,
    )
    progress.close()
    createSay(values)(describe(dataSet, result, values))
    return { failures: 0, json: jsonText(documentOf(dataSet, result, values)) }
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    const message = 'stopped; what was fetched is kept, and the same command goes on from it'
    progress.notice(message)
    return stopped(message)
  } finally {
    progress.close()
  }
}

function readOptions(values: Values<'download'>, dataSet: DataSet): DownloadOptions {
  return {
    dataSet,
    output: values.string('output'),
    url: values.string('mirror'),
    sha256: values.string('sha256'),
    split: { testShare: values.number('test-share'), seed: values.number('seed') },
    force: values.boolean('force') === true,
    keepArchive: values.boolean('keep-archive') === true,
    timeoutMs: values.number('timeout-ms'),
    retries: values.number('retries'),
  }
}

/** What is where now, and the flags that take it. */
function describe(dataSet: DataSet, result: DownloadResult, values: Values<'download'>): string {
  const { summary, isNew } = result
  const { folder, train, run, licence } = documentOf(dataSet, result, values)
  const state = isNew ? '' : ' already; --force makes it again'
  const lines = [
    `${dataSet.title} is in '${folder}'${state}: ${summary}`,
    ...(train === null ? [] : [`Train on it with ${train.join(' ')}`]),
    `Run on it with ${run.join(' ')}`,
    licence,
  ]
  return `${lines.join('\n')}\n`
}

/** The flags of a training and of a run that take it. */
function documentOf(
  dataSet: DataSet,
  { folder, summary, isNew, labelsFile }: DownloadResult,
  values: Values<'download'>,
): DownloadDocument {
  const { output, split } = readOptions(values, dataSet)
  const facts = { dataSet: dataSet.name, folder, isNew, summary, licence: dataSet.licence }
  if (dataSet.name === 'cifar10') {
    const path = output === 'data' ? [] : ['--cifar10-path', folder]
    return { ...facts, labelsFile: null, train: null, run: ['--cifar10', ...path] }
  }
  const labels = labelsFile ?? join(output, 'labels.txt')
  const images = join(folder, split.testShare > 0 ? 'test' : 'train')
  return {
    ...facts,
    labelsFile: labels,
    train: ['-i', join(folder, 'train')],
    run: ['-i', images, '-l', labels],
  }
}
