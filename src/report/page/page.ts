// What a report page is: plain data that render-page.ts makes one self-contained HTML file of. Commands describe what
// they found; nothing here knows of training or calibration.
import type { Paint } from '../plot/palette.ts'
import type { Chart } from '../plot/plot.ts'
import type { PageDocument } from './document.ts'

/** A table of text cells; numbers are formatted by who makes it. */
export interface ReportTable {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** A key of this colour before the first cell of a row: an exit's, in the order of the rows. */
  readonly keys?: readonly (Paint | undefined)[]
  /** Rows that stand out, such as the chosen one; a cell says so in words too. */
  readonly marked?: readonly number[]
}

/** A link to a file beside the page. */
export interface ReportLink {
  readonly text: string
  /** Relative to the page; never a URL with a scheme. */
  readonly href: string
}

/** An SVG that is not ours: shown as an image, so that nothing in it can run or clash. */
interface ReportImage {
  readonly svg: string
  readonly label: string
}

/** A photo with what became of it. */
export interface ReportThumb {
  /** A data URI; undefined where the file is not there, or is no image. */
  readonly src?: string | undefined
  readonly name: string
  /** What was answered, in colour. */
  readonly verdict: string
  readonly kind: 'right' | 'wrong'
  /** Further lines: exit and confidence. */
  readonly lines: readonly string[]
  /** A key of this colour before the first line: of the exit. */
  readonly key?: Paint | undefined
}

export interface ReportSection {
  readonly title: string
  /** Paragraphs of plain text, above the rest. */
  readonly text?: readonly string[]
  readonly thumbs?: readonly ReportThumb[]
  readonly table?: ReportTable
  readonly charts?: readonly Chart[]
  readonly images?: readonly ReportImage[]
  readonly links?: readonly ReportLink[]
  /** Closed until it is asked for: figures that few look up. */
  readonly isFolded?: boolean
}

/** One self-contained HTML page: its result first, then what shows it, how it was made folded at the end. */
export interface ReportPage extends Pick<
  PageDocument,
  'title' | 'lead' | 'headline' | 'provenance'
> {
  readonly sections: readonly ReportSection[]
}
