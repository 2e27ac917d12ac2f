// The CSV of a run that never was, of any number of rows: the same seed gives the same text.
import { createRandom } from '../../../src/domain/random.ts'
import { columnsOf } from '../../../src/report/csv-columns.ts'

export const madeLabels = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'] as const

interface MadeOptions {
  readonly seed?: number
  /** Share of images that the first exit is sure of. */
  readonly early?: number
  /** Share of answers that are right. */
  readonly right?: number
  /** Share of images without an answer, and of those that fell back. */
  readonly failed?: number
}

/** As ddnn writes it: edge, fog and cloud, label by label. */
export function madeRun(rows: number, options: MadeOptions = {}): string {
  const { seed = 1, early = 0.6, right = 0.85, failed = 0.01 } = options
  const random = createRandom(seed, rows)
  const seconds = (scale: number) => (scale * (0.5 + random() ** 4 * 8)).toFixed(6)
  const lines = Array.from({ length: rows }, (_, i) => {
    const label = Math.floor((i * madeLabels.length) / rows)
    const file = `${madeLabels[label]}/${String(i).padStart(6, '0')}.jpg`
    const depth = random() < early ? 0 : random() < 0.5 ? 1 : 2
    const answer = random() < right ? label : Math.floor(random() * madeLabels.length)
    const isFailed = random() < failed
    const isFallback = !isFailed && random() < failed
    const hops = [0, 1, 2].map((hop) => {
      if (hop > depth || isFailed) return ';;'
      return `${hop === depth ? answer : 0};${seconds(0.004)};${seconds(0.006 * (depth + 1))}`
    })
    const own = isFailed
      ? ';;;DDNN_REPLY_TIMEOUT: no reply within the budget'
      : `${['edge', 'fog', 'cloud'][depth]};${(0.5 + random() / 2).toFixed(6)};${isFallback};`
    return `${i};${label};${seconds(0.01 * (depth + 1))};${hops.join(';')};${file};${own}`
  })
  return `${[columnsOf('full').join(';'), ...lines].join('\n')}\n`
}
