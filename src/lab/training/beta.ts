// The distribution that mixup draws from.
import type { Random } from '../../domain/random.ts'

/** A number from the symmetric beta distribution, by Joehnk's method; `alpha` at most 1. */
export function drawBeta(alpha: number, random: Random): number {
  for (;;) {
    const x = random() ** (1 / alpha)
    const y = random() ** (1 / alpha)
    if (x + y > 0 && x + y <= 1) return x / (x + y)
  }
}
