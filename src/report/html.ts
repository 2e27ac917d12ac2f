// --html: the run as a page (html-page.ts), written when it ends, also after an interrupt.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ConfigError, DdnnError } from '../errors.ts'
import { renderHtml, type HtmlRow } from './html-page.ts'
import type { Report } from './report.ts'
import { createSummary } from './summary.ts'

export interface HtmlReportOptions {
  readonly file: string
  readonly title: string
  readonly labels: readonly string[]
  /** A small image of a sample as a data URI, by its file; undefined or a rejection shows none. */
  readonly thumbnail?: (file: string) => Promise<string | undefined>
  /** Samples that the table shows; all of them count in the summary. */
  readonly maxRows?: number
  readonly now?: () => number
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
  await writeChecked(part, file, '')
  const summary = createSummary()
  const rows: HtmlRow[] = []
  const startedAt = now()
  let isClosed = false
  return {
    async add(outcome) {
      summary.add(outcome)
      if (rows.length >= maxRows) return
      const wantsImage = options.thumbnail !== undefined && rows.length < maxThumbnails
      const thumbnail = wantsImage
        ? await options.thumbnail(outcome.file).catch(() => undefined)
        : undefined
      rows.push({ outcome, thumbnail })
    },
    async close() {
      if (isClosed) return
      isClosed = true
      const page = { title, labels, summary: summary.build(now() - startedAt), rows }
      await writeChecked(part, file, renderHtml(page))
      await rename(part, file).catch((cause: unknown) => {
        throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write '${file}'`, { cause })
      })
    },
  }
}

async function writeChecked(part: string, file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(part, text)
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined)
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError('DDNN_OUTPUT_FAILED', `Expected to write '${file}', got ${message}`, {
      hint: 'Pass --html with a file in a folder that you may write to',
      cause,
    })
  }
}
