// Channels of features brought to mean 0 and deviation 1, which heads learn from in a few steps whatever the
// network; and the same put into a head's first layer, so that serving needs not know of it.
import type { Dense } from '../../../model/backbone/backbone.ts'

export interface Moments {
  readonly mean: Float32Array
  readonly deviation: Float32Array
}

/** Channels that hardly ever change are left as large as they are. */
const leastDeviation = 1e-5

/** Of features `[images, channels]`. */
export function momentsOf(features: Float32Array, channels: number): Moments {
  const images = features.length / channels
  const sums = new Float64Array(channels)
  const squares = new Float64Array(channels)
  for (let i = 0; i < features.length; i++) {
    sums[i % channels] = (sums[i % channels] as number) + (features[i] as number)
  }
  const mean = Float32Array.from(sums, (sum) => sum / images)
  for (let i = 0; i < features.length; i++) {
    const off = (features[i] as number) - (mean[i % channels] as number)
    squares[i % channels] = (squares[i % channels] as number) + off * off
  }
  const deviation = Float32Array.from(squares, (sum) => {
    const root = Math.sqrt(sum / images)
    return root < leastDeviation ? 1 : root
  })
  return { mean, deviation }
}

/** (features - mean) / deviation, in place. */
export function standardise(features: Float32Array, { mean, deviation }: Moments): void {
  const channels = mean.length
  for (let i = 0; i < features.length; i++) {
    const c = i % channels
    features[i] = ((features[i] as number) - (mean[c] as number)) / (deviation[c] as number)
  }
}

/** A layer over standardised channels as one over the channels as they are. */
export function foldMoments({ kernel, bias }: Dense, { mean, deviation }: Moments): Dense {
  const outputs = bias.length
  const folded = new Float32Array(kernel.length)
  const shifted = Float64Array.from(bias)
  for (let i = 0; i < kernel.length; i++) {
    const c = Math.floor(i / outputs)
    const weight = (kernel[i] as number) / (deviation[c] as number)
    folded[i] = weight
    shifted[i % outputs] = (shifted[i % outputs] as number) - weight * (mean[c] as number)
  }
  return { kernel: folded, bias: Float32Array.from(shifted) }
}
