// The memory of an exit, whole: weights by place of the family, bias, and the temperature of the mean. Pure.
import type { ExitMemory } from '../../domain/exit-memory.ts'
import { fitMemory } from './fit-memory.ts'
import { recalledBy, type RecalledSample } from './recalled.ts'
import { fitTemperature } from './temperature.ts'

/** @param places in the family of the exits of these samples, the last one's own last. */
export function fitMean(samples: readonly RecalledSample[], places: readonly number[]): ExitMemory {
  const { weights, bias } = fitMemory(samples, 1 / fitTemperature(samples))
  const own = places.at(-1) ?? 0
  // An exit of the family that is not among these models has no part.
  const whole = Array.from({ length: own + 1 }, (_, place) => weights[places.indexOf(place)] ?? 0)
  const mean = { weights: whole, bias, temperature: 1 }
  const temperature = fitTemperature(recalledBy(samples, own, mean))
  return { ...mean, temperature: Math.round(temperature * 1e4) / 1e4 }
}
