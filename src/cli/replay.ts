// `ddnn replay`: shows the dead letters of a topic, and sends them again where --resend is given. Letters and
// counts on stdout, the log on stderr.
import { kafkaOptionsOf } from '../compose/links.ts'
import { letterJson, summaryJson } from '../lab/replay/json.ts'
import { replay as replayLetters } from '../lab/replay/replay.ts'
import { letterText, summaryText } from '../lab/replay/text.ts'
import { createCommandLog } from './command-log.ts'
import type { CommandResult } from './command-result.ts'
import { isJson } from './json-output.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readReplay } from './read-replay.ts'
import { createStdout } from './stdout.ts'

const startTimeoutMs = 10_000

/**
 * Failures are letters that were to be sent and were not; one where it was interrupted before its end.
 * @throws DDNN_CONFIG_INVALID, DDNN_TRANSPORT_* when the letters cannot be read.
 */
export async function replay(
  line: CommandLine<'replay'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const problems = [...line.problems]
  const { values } = line
  const { link, ...config } = readReplay(values, problems, Date.now())
  assertNoProblems(problems, line.command)
  const topics = { partitions: 1, create: false, isAwaited: false }
  const context = { name: 'ddnn-replay', log: createCommandLog(values) }
  const kafka = kafkaOptionsOf(link, { topics, startTimeoutMs }, context)
  const [letterOf, summaryOf] = isJson(values)
    ? [letterJson, summaryJson]
    : [letterText, summaryText]
  const showBytes = values.number('show')
  const stdout = createStdout(process.stdout)
  const summary = await replayLetters({
    ...config,
    // No side of a tier's: an error names the hosts alone.
    kafka: { ...kafka, side: undefined },
    limit: values.number('limit'),
    isDryRun: values.boolean('resend') !== true,
    timeoutMs: values.number('timeout-ms'),
    maxReplays: values.number('max-replays'),
    isForced: values.boolean('force') === true,
    // Who reads no further (`| head`) is to see no more of them sent.
    signal: AbortSignal.any([signal, stdout.closed]),
    onLetter: (letter, fate, value) => stdout.write(letterOf(letter, fate, value, showBytes)),
  })
  await stdout.write(summaryOf(summary))
  stdout.assertWritten()
  const { isDryRun, stopped, fates } = summary
  // Nothing was to be sent, and who reads has seen enough.
  if (isDryRun && stdout.closed.aborted) return { failures: 0 }
  if (stopped !== undefined) return { failures: 1 }
  return { failures: isDryRun ? 0 : fates.kept + fates.unsure }
}
