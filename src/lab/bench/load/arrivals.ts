// When samples of the server scenario arrive: a Poisson process, drawn from a seed, so that every contestant
// and every round meets the same bursts.
import { createRandom } from '../../../domain/random.ts'

/** Ascending times from 0, milliseconds; gaps are exponential with mean 1000 / `rate`. */
export function poissonArrivals(samples: number, rate: number, seed: number): Float64Array {
  const random = createRandom(seed)
  const times = new Float64Array(samples)
  let at = 0
  for (let i = 1; i < samples; i++) {
    at += (-Math.log(1 - random()) * 1000) / rate
    times[i] = at
  }
  return times
}
