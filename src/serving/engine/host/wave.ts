// Images of no meaning for a look at what a model answers, as arrange.ts has before it serves.
import { sizeOf, type Shape } from '../../../domain/tensor.ts'
import type { PassOutput } from './open-model.ts'

/** Passes of an open model before it is arranged. */
export interface Passes {
  /** Of one sample. */
  readonly input: Shape
  /** As the model's files call it. */
  readonly inputDtype: string
  /** One pass over `count` samples, an output each. */
  readonly run: (samples: Float32Array, count: number) => Promise<readonly PassOutput[]>
}

/**
 * One sample along a sine; models of integers get whole pixels.
 * @param step between two values, in radians. @param toFloat what floats are made of -1 to 1.
 */
export function waveOf(
  { input, inputDtype }: Pick<Passes, 'input' | 'inputDtype'>,
  step: number,
  toFloat: (wave: number) => number,
): Float32Array {
  const isFloat = inputDtype === 'float32'
  return Float32Array.from({ length: sizeOf(input) }, (_, i) => {
    const wave = Math.sin(step * i)
    return isFloat ? toFloat(wave) : Math.round(127.5 + 127.5 * wave)
  })
}
