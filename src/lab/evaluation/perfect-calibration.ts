// What ECE looks like where there is nothing to find: even perfectly calibrated confidences give one above
// 0 on a finite set, the more so the fewer samples. Pure, seeded.
import { createRandom } from '../../domain/random.ts'
import { percentile } from '../../report/percentile.ts'
import { binCount, binEnds, type BinKind } from './calibration-error.ts'

interface PerfectOptions {
  readonly seed: number
  readonly percent?: number
  readonly draws?: number
  readonly kind?: BinKind
  readonly bins?: number
}

/**
 * A percentile (95th by default) of the ECE that perfect calibration gives for these confidences: rightness
 * is drawn as Bernoulli(confidence), again and again, over the same bins. This is consistency
 * resampling (Broecker and Smith 2007; for ECE, Vaicenavicius et al. 2019): an ECE below it is no evidence
 * of a wrong calibration.
 */
export function perfectEce(confidences: readonly number[], options: PerfectOptions): number {
  const { seed, percent = 95, kind = 'mass', bins = binCount } = options
  if (confidences.length === 0) return Number.NaN
  // As many draws as a moment allows; the percentile of 300 is good to a twentieth of itself.
  const draws = options.draws ?? Math.min(1000, Math.max(300, Math.round(4e6 / confidences.length)))
  const sorted = Float64Array.from(confidences).sort()
  const ends = binEnds(sorted, kind, bins)
  const random = createRandom(seed, 0xece)
  const drawn = Float64Array.from({ length: draws }, () => {
    let error = 0
    let at = 0
    for (const end of ends) {
      let gap = 0
      for (; at < end; at++) {
        const confidence = sorted[at] as number
        gap += (random() < confidence ? 1 : 0) - confidence
      }
      error += Math.abs(gap)
    }
    return error / sorted.length
  })
  return percentile(drawn.sort(), percent)
}
