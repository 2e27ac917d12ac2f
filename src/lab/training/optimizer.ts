// Optimizers over plain arrays. tfjs's own run about ten small operations a variable and step, and have no
// decoupled weight decay; two loops over 0.7 million numbers cost less than they do.

/** One trainable variable's numbers, changed in place. */
export interface Parameter {
  readonly values: Float32Array
  /** Kernels decay; biases and batch normalisation's gamma and beta do not. */
  readonly decays: boolean
  /** Its learning rate as a multiple of the others'. Decay stays. */
  readonly rate: number
}

export type Gradients = readonly (Float32Array | undefined)[]

export interface Optimizer {
  /** Moments, in a fixed order; a checkpoint reads them, a resumed run writes them. */
  readonly moments: readonly Float32Array[]
  /** One step; gradients in the order of the parameters, undefined of one that stays as it is. */
  apply(gradients: Gradients, learningRate: number): void
}

interface SgdOptions {
  /** Share of a step that the next one keeps. */
  readonly momentum: number
  /** Whether the step looks ahead along its momentum. */
  readonly nesterov?: boolean | undefined
  /** L2 of all weights, at the rate of kernels. */
  readonly weightDecay?: number | undefined
  /** Rate of biases and normalisation, as a multiple of the kernels'. */
  readonly biasRate?: number | undefined
}

/**
 * SGD with momentum m, as Keras computes it: v = m v - rate g; w += v, or with Nesterov's w += m v - rate g. With decay
 * g has weightDecay w added.
 */
export function createSgd(
  parameters: readonly Parameter[],
  { momentum, nesterov = false, weightDecay = 0, biasRate = 1 }: SgdOptions,
): Optimizer {
  const velocities = parameters.map(({ values }) => new Float32Array(values.length))
  return {
    moments: velocities,
    apply(gradients, learningRate) {
      for (const [i, { values, decays, rate: own }] of parameters.entries()) {
        const gradient = gradients[i]
        if (gradient === undefined) continue
        const velocity = velocities[i] as Float32Array
        const rate = own * learningRate * (decays ? 1 : biasRate)
        const shrink = learningRate * weightDecay
        for (let j = 0; j < values.length; j++) {
          const w = values[j] as number
          const step = rate * (gradient[j] as number) + shrink * w
          const v = momentum * (velocity[j] as number) - step
          velocity[j] = v
          values[j] = w + (nesterov ? momentum * v - step : v)
        }
      }
    },
  }
}

interface AdamWOptions {
  readonly weightDecay: number
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
}

/**
 * AdamW (Loshchilov and Hutter 2019): Adam whose weight decay does not go through the moments. Each parameter's moments
 * are corrected by the steps that it has taken itself, so that one which begins to learn late begins as all do.
 */
export function createAdamW(parameters: readonly Parameter[], options: AdamWOptions): Optimizer {
  const { weightDecay, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options
  const first = parameters.map(({ values }) => new Float32Array(values.length))
  const second = parameters.map(({ values }) => new Float32Array(values.length))
  const steps = new Float32Array(parameters.length)
  return {
    moments: [...first, ...second, steps],
    apply(gradients, learningRate) {
      for (const [i, { values, decays, rate: own }] of parameters.entries()) {
        const gradient = gradients[i]
        if (gradient === undefined) continue
        const m = first[i] as Float32Array
        const v = second[i] as Float32Array
        const step = (steps[i] as number) + 1
        steps[i] = step
        const correct2 = Math.sqrt(1 - beta2 ** step)
        const rate = (own * learningRate * correct2) / (1 - beta1 ** step)
        const small = epsilon * correct2
        const keep = decays ? 1 - learningRate * weightDecay : 1
        for (let j = 0; j < values.length; j++) {
          const g = gradient[j] as number
          const mj = beta1 * (m[j] as number) + (1 - beta1) * g
          const vj = beta2 * (v[j] as number) + (1 - beta2) * g * g
          m[j] = mj
          v[j] = vj
          values[j] = keep * (values[j] as number) - (rate * mj) / (Math.sqrt(vj) + small)
        }
      }
    },
  }
}

/** Scales gradients in place so that their joint norm is at most `maxNorm`; returns the norm before. */
export function clipGradients(given: Gradients, maxNorm: number): number {
  const gradients = given.filter((gradient) => gradient !== undefined)
  let sum = 0
  for (const gradient of gradients) {
    // By index: for...of takes seven times as long here (14 against 2 ms for 3 million numbers).
    for (let j = 0; j < gradient.length; j++) {
      const g = gradient[j] as number
      sum += g * g
    }
  }
  const norm = Math.sqrt(sum)
  if (norm > maxNorm) {
    const scale = maxNorm / norm
    for (const gradient of gradients) {
      for (let j = 0; j < gradient.length; j++) gradient[j] = (gradient[j] as number) * scale
    }
  }
  return norm
}
