// The surest mistakes: wrong answers, the most confident first, with their photos where these are there.
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import { describePercent } from '../describe.ts'
import type { ReportSection } from '../page/page.ts'

/** Cards of a page. */
export const mostShown = 24

/** `thumbnails` by file, as data URIs. None where every answer is right. */
export function hardestSections(
  labels: readonly string[],
  { cascade: { hardest, accuracy }, exits }: Evaluation,
  thumbnails: ReadonlyMap<string, string>,
): readonly ReportSection[] {
  const wrong = accuracy.of - accuracy.count
  if (hardest.length === 0) return []
  const shown = hardest.slice(0, mostShown)
  const nameOf = (label: number) => labels[label] ?? 'nothing'
  return [
    {
      title: 'The surest mistakes',
      text: [
        `${shown.length} of ${wrong.toLocaleString('en')} wrong answers, the most confident first: mislabelled, ambiguous, or never learned.`,
      ],
      thumbs: shown.map(({ file, label, prediction, exit, probability }) => ({
        src: thumbnails.get(file),
        name: file,
        verdict: `${nameOf(prediction)}, is ${nameOf(label)}`,
        kind: 'wrong',
        lines: [`${exits[exit]?.name ?? ''}, ${describePercent(probability)} sure`],
        key: exits[exit]?.rule.exit,
      })),
    },
  ]
}
