// `ddnn classify`: what is on these images. Answers go to stdout, what is wrong and the summary to stderr.
import { askAll, countImages } from '../serving/classify/ask-all.ts'
import type { Answered, Asker, Classified, Failed } from '../serving/classify/classify.ts'
import { openGallery, type Gallery } from '../serving/classify/output/gallery.ts'
import { answeredLine, failedLine } from '../serving/classify/output/json.ts'
import { createLines } from '../serving/classify/output/lines.ts'
import { createSummary } from '../serving/classify/output/summary.ts'
import { openSources, type OpenedSources } from '../serving/classify/sources/open-sources.ts'
import { createDecode, openAsker, smallOf, type AnsweredBy } from '../compose/classify.ts'
import { hasColours } from '../domain/has-colours.ts'
import { visibleText } from '../domain/visible.ts'
import { ConfigError, toDdnnError, type DdnnError } from '../errors.ts'
import { checkOutput } from '../files/check-output.ts'
import { loadSharp } from '../input/sharp.ts'
import { describeNotRun } from '../report/describe.ts'
import { writeAbove } from '../telemetry/above.ts'
import { htmlOutput } from '../report/html.ts'
import { tellBeyondReach } from './beyond-reach.ts'
import { readAnsweredBy } from './classify-config.ts'
import { createClassifyProgress } from './classify-progress.ts'
import { createCommandLog } from './command-log.ts'
import type { CommandResult } from './command-result.ts'
import type { Values } from './flag-types.ts'
import { isJson, withDocument } from './json-output.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { createStdout } from './stdout.ts'

/** How long images under way may take to be answered after Ctrl-C, milliseconds. */
const graceMs = 5000

/** What comes of a source that is not there, or that nothing on this machine can read. */
const nothingThere: readonly string[] = ['DDNN_INPUT_MISSING', 'DDNN_ENGINE_UNAVAILABLE']

export async function classify(
  line: CommandLine<'classify'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const problems = [...line.problems]
  const { values } = line
  const by = readAnsweredBy(values, problems)
  const frames = { read: 0, asked: 0, gated: 0, dropped: 0 }
  const opened = readSources(values, frames, problems)
  assertNoProblems(problems, line.command)
  if (opened.isNothing) {
    await tellMissing(opened)
    throw nothingToDo()
  }
  const html = values.string('html')
  if (html !== undefined) await checkOutput(htmlOutput(html, values.boolean('force') === true))
  // While the models load; if it fails, the first image tells.
  loadSharp().catch(() => undefined)
  const asker = await openOrStopped(by, values, signal)
  if (asker === undefined) {
    if (opened.isEndless) return { failures: 0 }
    process.stderr.write(`${describeNotRun(0, await countImages(opened.sources))}\n`)
    return withDocument({ failures: 1 }, line.command)
  }
  try {
    return await run({ values, by, asker, opened, frames }, signal)
  } finally {
    await asker.close()
  }
}

function readSources(
  values: Values<'classify'>,
  counts: Run['frames'],
  problems: string[],
): OpenedSources {
  const words = values.list('source')
  if (words.length === 0 && !values.isWrong('source')) {
    const swallowed = values.list('models').length > 1 ? ', all words are behind --models' : ''
    problems.push(`Expected SOURCE: a photo, a folder, an address or -, got none${swallowed}`)
  }
  const isNew = values.boolean('watch-new') === true
  return openSources(
    {
      words,
      watch: isNew ? 'new' : values.boolean('watch') === true ? 'all' : undefined,
      onWatching: () => process.stderr.write('watching, until Ctrl-C\n'),
      fps: values.number('fps'),
      minChange: values.number('min-change'),
      counts,
      timeoutMs: values.number('timeout-ms'),
    },
    problems,
  )
}

/** Undefined where the signal aborts first. */
async function openOrStopped(
  by: AnsweredBy,
  values: Values<'classify'>,
  signal: AbortSignal,
): Promise<Asker | undefined> {
  try {
    const asker = await openAsker(by, createCommandLog(values), signal)
    if (!signal.aborted) return asker
    await asker.close()
    return undefined
  } catch (thrown) {
    if (signal.aborted) return undefined
    throw thrown
  }
}

interface Run {
  readonly values: Values<'classify'>
  readonly by: AnsweredBy
  readonly asker: Asker
  readonly opened: OpenedSources
  readonly frames: { read: number; asked: number; gated: number; dropped: number }
}

async function run(
  { values, asker, opened, frames }: Run,
  signal: AbortSignal,
): Promise<CommandResult> {
  const html = values.string('html')
  const gallery = html === undefined ? undefined : await openGallery(html, asker.labels)
  const stdout = createStdout(process.stdout)
  const summary = createSummary()
  const progress = createClassifyProgress(opened)
  const show = createShow(values, asker)
  const showFailure = isJson(values) ? failedLine : () => ''
  let found = 0
  const startedAt = performance.now()
  try {
    const { isCutOff } = await askAll(
      {
        sources: opened.sources,
        asker,
        decode: createDecode(asker, values.number('max-image-pixels'), values.string('orient')),
        maxInFlight: values.number('max-in-flight'),
        graceMs,
        thumbnail: (picture) =>
          gallery?.isOpen === true ? smallOf(picture) : Promise.resolve(undefined),
        async tell(outcome) {
          summary.add(outcome)
          progress?.add(outcome)
          if (!('error' in outcome) || !nothingThere.includes(outcome.error.code)) found++
          await tell(outcome, { show, showFailure, stdout, gallery })
        },
      },
      AbortSignal.any([signal, stdout.closed]),
    )
    progress?.close()
    stdout.assertWritten()
    if (stdout.closed.aborted) return { failures: 0 }
    const elapsedMs = performance.now() - startedAt
    const text = summary.describe(elapsedMs, frames.read > 0 ? frames : undefined)
    await gallery?.write(text)
    if (found === 0 && summary.failed > 0 && !signal.aborted) throw nothingToDo()
    const left = isCutOff && !opened.isEndless ? 1 : 0
    const done = summary.answered + summary.failed
    const cut = left === 0 ? '' : `; ${describeNotRun(done, await countImages(opened.sources))}`
    process.stderr.write(`${text}${cut}\n`)
    tellBeyondReach(values)
    const result = { failures: summary.failed + left }
    return done === 0 ? withDocument(result, 'classify') : result
  } finally {
    progress?.close()
    await gallery?.drop()
  }
}

function createShow(values: Values<'classify'>, { labels }: Asker): (answered: Answered) => string {
  const top = values.number('top')
  if (isJson(values)) return (answered) => answeredLine(answered, labels, top)
  return createLines({ labels, top, hasColours: hasColours(process.stdout) })
}

interface Told {
  readonly show: (answered: Answered) => string
  /** What stdout says of an image without an answer: nothing to people, who read it on stderr. */
  readonly showFailure: (failed: Failed) => string
  readonly stdout: { write(text: string): Promise<void> }
  readonly gallery: Gallery | undefined
}

async function tell(
  outcome: Classified,
  { show, showFailure, stdout, gallery }: Told,
): Promise<void> {
  if ('error' in outcome) {
    writeAbove(() => process.stderr.write(failureLine(outcome.name, outcome.error)))
    await stdout.write(showFailure(outcome))
    return
  }
  gallery?.add(outcome)
  await stdout.write(show(outcome))
}

function failureLine(name: string, { message, code, hint }: DdnnError): string {
  const more = hint === undefined ? '' : `\n  ${visibleText(hint)}`
  return `${visibleText(name)}: ${visibleText(message)} [${code}]${more}\n`
}

/** Why none of the sources is there; they look at nothing of the context. */
async function tellMissing({ sources }: OpenedSources): Promise<void> {
  const decode = () => Promise.reject(nothingToDo())
  const context = { height: 0, width: 0, decode, signal: AbortSignal.abort() }
  for (const source of sources) {
    for await (const { name, read } of source.images(context)) {
      await read().catch((thrown: unknown) => {
        process.stderr.write(failureLine(name, toDdnnError(thrown)))
      })
    }
  }
}

function nothingToDo(): ConfigError {
  return new ConfigError('DDNN_INPUT_MISSING', 'Expected an image to classify, got none', {
    hint: "Pass a photo, a folder, a pattern in quotes, '-' for stdin, an http address, a video or camera:0",
  })
}
