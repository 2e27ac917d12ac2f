// `ddnn download`: fetches a data set to where the other commands look for it. Progress on stderr, what is
// there now on stdout.
import { join } from 'node:path'
import { dataSets, type DataSet } from '../lab/download/data-sets.ts'
import {
  downloadDataSet,
  type DownloadOptions,
  type DownloadResult,
} from '../lab/download/download.ts'
import { createDownloadProgress } from '../report/download-progress.ts'
import { checkFolder } from './check-folder.ts'
import type { CommandResult } from './command-result.ts'
import type { Values } from './flag-types.ts'
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
    process.stdout.write(describe(dataSet, result, values))
    return { failures: 0 }
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    progress.notice('stopped; what was fetched is kept, and the same command goes on from it')
    return { failures: 1 }
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
  const { output, split } = readOptions(values, dataSet)
  const { folder, summary, isNew, labelsFile } = result
  const state = isNew ? '' : ' already; --force makes it again'
  const lines = [`${dataSet.title} is in '${folder}'${state}: ${summary}`]
  if (dataSet.name === 'cifar10') {
    const path = output === 'data' ? '' : ` --cifar10-path ${folder}`
    lines.push(`Run on it with --cifar10${path}`)
  } else {
    const labels = labelsFile ?? join(output, 'labels.txt')
    lines.push(
      `Train on it with -i ${join(folder, 'train')}`,
      `Run on it with -i ${join(folder, split.testShare > 0 ? 'test' : 'train')} -l ${labels}`,
    )
  }
  lines.push(dataSet.licence)
  return `${lines.join('\n')}\n`
}
