// --html: the run as a page (html-page.ts), written when it ends, also after an interrupt.
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ChainFacts } from '../domain/tier-facts.ts'
import { DdnnError } from '../errors.ts'
import { makeFolder } from '../files/make-folder.ts'
import { checkOutput, type Output } from '../files/check-output.ts'
import { ownReport } from '../files/replaces.ts'
import { reasonOf } from '../files/unwritable.ts'
import { kindOf, renderHtml, type HtmlRow } from './html-page.ts'
import type { Report } from './report.ts'
import { createSummary } from './summary.ts'

interface HtmlReportOptions {
  readonly file: string
  readonly title: string
  readonly labels: readonly string[]
  /** A small image of a sample as a data URI, by its file; undefined or a rejection shows none. */
  readonly thumbnail?: (file: string) => Promise<string | undefined>
  /** Samples that the table shows, those without a right answer first; all of them count in the summary. */
  readonly maxRows?: number
  readonly now?: () => number
  /** What is known of the tiers that were asked, when the run ends. */
  readonly chain?: () => ChainFacts | undefined
  /** How the run was made: names and values. */
  readonly provenance?: readonly (readonly [string, string])[]
}

/** Rows that have a thumbnail; a page of more would take minutes to open. */
const maxThumbnails = 500

/**
 * Checks at once that the file can be written, so that a long run does not end without its page.
 * @throws DDNN_OUTPUT_FAILED
 */
export async function openHtmlReport(options: HtmlReportOptions): Promise<Report> {
  const { title, labels, maxRows = 5000, now = () => performance.now() } = options
  const file = resolve(options.file)
  // Written beside and renamed: a page is whole or not there.
  const part = `${file}.part`
  await checkOutput(htmlOutput(options.file, true))
  const summary = createSummary()
  const rows: Record<ReturnType<typeof kindOf>, HtmlRow[]> = { failed: [], wrong: [], right: [] }
  const startedAt = now()
  let isClosed = false
  return {
    async add(outcome) {
      summary.add(outcome)
      const own = rows[kindOf(outcome)]
      if (own.length >= maxRows) return
      const wantsImage = options.thumbnail !== undefined && own.length < maxThumbnails
      const thumbnail = wantsImage
        ? await options.thumbnail(outcome.file).catch(() => undefined)
        : undefined
      own.push({ outcome, thumbnail })
    },
    async close() {
      if (isClosed) return
      isClosed = true
      const chain = options.chain?.()
      const built = summary.build(now() - startedAt)
      const shown = [...rows.failed, ...rows.wrong, ...rows.right].slice(0, maxRows)
      const { provenance } = options
      const page = { title, labels, summary: built, chain, rows: withImages(shown), provenance }
      await writeWhole(part, file, renderHtml(page))
    },
  }
}

/** Of rows that came at different times, the first have a thumbnail. */
function withImages(rows: readonly HtmlRow[]): readonly HtmlRow[] {
  return rows.map((row, i) => (i < maxThumbnails ? row : { ...row, thumbnail: undefined }))
}

/** The page that --html names; another file of that name is written over with --force alone. */
export function htmlOutput(path: string, isForced: boolean): Output {
  return { path, kind: 'file', flag: '--html', replaces: isForced ? 'anything' : ownReport }
}

async function writeWhole(part: string, file: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(file))
    await writeFile(part, text)
    await rename(part, file)
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined)
    throw new DdnnError(
      'DDNN_OUTPUT_FAILED',
      `Expected to write '${file}', got ${reasonOf(cause)}`,
      {
        hint: 'Free space on the disk, or pass --html with a file that you may write to',
        cause,
      },
    )
  }
}
