// The images that a report shows, as thumbnails where there are files, else as rows of a table. Pure.
import type { ReportSection, ReportThumb } from '../page/page.ts'
import { changeKinds, type ChangedImage, type ChangeKind } from './changes.ts'
import type { HardImage } from './hardest.ts'
import type { ReportData } from './report-data.ts'
import { changeWords, describeSaid } from './report-words.ts'

/** Small images as data URIs, by the name that the report has for an image. */
export type Thumbnails = ReadonlyMap<string, string>

/** Of one list; the JSON has more. */
const mostShown = 24
/** Of a page: some half a megabyte. */
const mostThumbnails = 200

/** Kinds of which people want to see the images. */
const seen: readonly ChangeKind[] = changeKinds.filter((kind) => kind !== 'other-exit')

/** Names of the images that the page shows, the most wanted first. */
export function wantedImages({ comparisons, hardest }: ReportData): readonly string[] {
  const changed = comparisons.flatMap(({ changes }) =>
    seen.flatMap((kind) => firstOf(changes.images, kind).map(({ image }) => image)),
  )
  const hard = hardest.images.slice(0, mostShown).map(({ image }) => image)
  return [...new Set([...hard, ...changed])].slice(0, mostThumbnails)
}

function firstOf(images: readonly ChangedImage[], kind: ChangeKind): readonly ChangedImage[] {
  return images.filter((one) => one.kind === kind).slice(0, mostShown)
}

/** A section a kind of change of which there are images; those that matter less, and those of many runs, are folded. */
export function changedSections(
  { first, second, changes }: ReportData['comparisons'][number],
  thumbnails: Thumbnails,
  isOfMany: boolean,
): readonly ReportSection[] {
  return seen.flatMap((kind): ReportSection[] => {
    const images = firstOf(changes.images, kind)
    if (images.length === 0) return []
    const title = `${changeWords[kind]}: ${first} to ${second}`
    const text = shownText(images.length, changes.counts[kind])
    const isFolded = isOfMany || !(kind === 'right-to-wrong' || kind === 'wrong-to-right')
    const isRight = kind === 'wrong-to-right' || kind === 'found'
    const linesOf = (one: ChangedImage) => [
      `${first}: ${describeSaid(one.first)}`,
      `${second}: ${describeSaid(one.second)}`,
    ]
    if (!images.some(({ image }) => thumbnails.has(image))) {
      const rows = images.map((one) => [
        one.image,
        one.expected ?? '-',
        describeSaid(one.first),
        describeSaid(one.second),
      ])
      return [{ title, text, isFolded, table: { header: ['Image', 'Truth', first, second], rows } }]
    }
    const thumbs = images.map((one): ReportThumb => {
      const [before, after] = [one.first.answer ?? 'no answer', one.second.answer ?? 'no answer']
      return {
        src: thumbnails.get(one.image),
        name: one.image,
        verdict: `${before} \u2192 ${after}`,
        kind: isRight ? 'right' : 'wrong',
        lines: [...(one.expected === undefined ? [] : [`truth: ${one.expected}`]), ...linesOf(one)],
      }
    })
    return [{ title, text, isFolded, thumbs }]
  })
}

/** Those that most runs get wrong, and are surest of. */
export function hardestSection(
  { hardest, runs }: ReportData,
  thumbnails: Thumbnails,
): readonly ReportSection[] {
  const images = hardest.images.slice(0, mostShown)
  if (images.length === 0) return []
  const names = runs.map(({ name }) => name)
  const isOne = runs.length === 1
  const text = [
    ...(isOne
      ? ['Wrong answers, the most confident first.']
      : [
          `${hardest.wrong} images are wrong in at least one run, ${hardest.wrongInAll} in all. Those that most runs get wrong come first, then the most confident.`,
        ]),
    ...shownText(images.length, hardest.wrong),
  ]
  const saidBy = ({ said }: HardImage) =>
    said.map((one) => (one === undefined ? '-' : describeSaid(one)))
  if (!images.some(({ image }) => thumbnails.has(image))) {
    const rows = images.map((one) => [one.image, one.expected, ...saidBy(one)])
    const header = ['Image', 'Truth', ...(isOne ? ['Answer'] : names)]
    return [{ title: 'Hardest images', text, table: { header, rows } }]
  }
  const thumbs = images.map((one): ReportThumb => {
    const wrong = one.said.find((said) => said?.isRight === false)
    return {
      src: thumbnails.get(one.image),
      name: one.image,
      verdict: `${wrong?.answer ?? '-'} for ${one.expected}`,
      kind: 'wrong',
      lines: saidBy(one).map((said, i) => (isOne ? said : `${names[i]}: ${said}`)),
    }
  })
  return [{ title: 'Hardest images', text, thumbs }]
}

function shownText(shown: number, of: number): readonly string[] {
  return shown < of ? [`The first ${shown} of ${of}; report.json names more.`] : []
}
