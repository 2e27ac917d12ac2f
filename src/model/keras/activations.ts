// The activations of Keras 3 in the words that tfjs has for them, or as further layers where it has none.
import type { Step } from './steps.ts'

type Config = Readonly<Record<string, unknown>>

const inline: Readonly<Record<string, string>> = { silu: 'swish' }

/** relu6(x + 3) / 6: what Keras 3 calls a hard sigmoid. That of Keras 2 is another function. */
const hardSigmoid: readonly Step[] = [
  { key: 'shifted', className: 'Rescaling', config: { scale: 1 / 6, offset: 0.5 } },
  { key: 'gate', className: 'ReLU', config: { max_value: 1 } },
]

function hardSilu(input: Step['from']): readonly Step[] {
  const [shift, ...rest] = hardSigmoid as readonly [Step, ...Step[]]
  const gated: Step = {
    key: 'gated',
    className: 'Multiply',
    config: {},
    from: [...(input ?? ['inputs']), { step: 'gate' }],
  }
  return [{ ...shift, ...(input === undefined ? {} : { from: input }) }, ...rest, gated]
}

/** Slope of Keras' function leaky_relu; the layer's own default is another. */
const leakyRelu: readonly Step[] = [
  { key: 'leaky', className: 'LeakyReLU', config: { alpha: 0.2 } },
]

/** An activation as Keras writes it: a word, or an object that holds one or a whole layer. */
interface Activation {
  /** What to write in the layer itself: a word that is known, or at least told in a refusal. */
  readonly inline: unknown
  /** What to append; none where the word is enough. */
  readonly steps: readonly Step[]
}

/** @param input the step whose value it is applied to; undefined for the layer's own input. */
export function readActivation(given: unknown, input: Step['from']): Activation {
  if (typeof given === 'object' && given !== null) return readObject(given as Config, input)
  const steps = typeof given === 'string' ? stepsOf(given, input) : []
  if (steps.length > 0) return { inline: 'linear', steps }
  return { inline: typeof given === 'string' ? (inline[given] ?? given) : given, steps: [] }
}

function stepsOf(name: string, input: Step['from']): readonly Step[] {
  if (name === 'hard_sigmoid') return hardSigmoid
  if (name === 'hard_silu' || name === 'hard_swish') return hardSilu(input)
  return name === 'leaky_relu' ? leakyRelu : []
}

function readObject(given: Config, input: Step['from']): Activation {
  const { class_name: className, config } = given
  // A function: { class_name: 'function', config: 'relu' }.
  if (typeof config === 'string') return readActivation(config, input)
  if (typeof className !== 'string' || typeof config !== 'object') {
    return { inline: given, steps: [] }
  }
  const layer = leakyOrRelu(className, config as Config)
  if (layer === undefined) return { inline: className, steps: [] }
  return { inline: 'linear', steps: [{ key: 'activated', ...layer }] }
}

/** ReLU and LeakyReLU with the settings of Keras 3 in those of tfjs; undefined for any other layer. */
export function leakyOrRelu(
  className: string,
  config: Config,
): Pick<Step, 'className' | 'config'> | undefined {
  const { negative_slope: slope, max_value: most, threshold = 0, ...rest } = config
  const isLeaky = Boolean(slope) && !threshold && (most === null || most === undefined)
  if (className === 'LeakyReLU' || (className === 'ReLU' && isLeaky)) {
    return {
      className: 'LeakyReLU',
      config: { ...rest, ...(slope === undefined ? {} : { alpha: slope }) },
    }
  }
  if (className !== 'ReLU') return undefined
  return { className, config }
}
