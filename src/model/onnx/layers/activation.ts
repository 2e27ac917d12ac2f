// Activations: those that layers name in their settings, and the layers that are one. Formulas are those
// of tfjs-layers' activations.ts.
import type { Attributes, Graph } from '../graph.ts'
import type { LayerKind } from '../layer.ts'
import type { Settings } from '../settings.ts'
import { transpose } from '../transpose.ts'
import { storedAxis, type Value } from '../value.ts'

type Activate = (graph: Graph, x: Value) => Value

/** One operation on every value by itself. */
function each(op: string, attributes: Attributes = {}): Activate {
  return (graph, x) => ({ ...x, name: graph.add(op, [x.name], attributes) })
}

/** value * f(value) */
function gated(gate: Activate): Activate {
  return (graph, x) => ({ ...x, name: graph.add('Mul', [x.name, gate(graph, x).name]) })
}

function clip(from: number, to: number): Activate {
  return (graph, x) => ({
    ...x,
    name: graph.add('Clip', [x.name, graph.scalar(from), graph.scalar(to)]),
  })
}

/** Along an axis of the model; the last one where it is not told. */
function along(op: string, axis?: number): Activate {
  return (graph, x) => {
    const value = typeof x.stored === 'string' ? x : graph.plain(x)
    const stored = storedAxis(value, axis ?? value.shape.length)
    return { ...value, name: graph.add(op, [value.name], { axis: { int: stored } }) }
  }
}

/** 0.5 (1 + erf(x / sqrt 2)) */
const normalDistribution: Activate = (graph, x) => {
  const scaled = graph.add('Div', [x.name, graph.scalar(Math.SQRT2)])
  const sum = graph.add('Add', [graph.add('Erf', [scaled]), graph.scalar(1)])
  return { ...x, name: graph.add('Mul', [sum, graph.scalar(0.5)]) }
}

const tanhOfSoftplus: Activate = (graph, x) => each('Tanh')(graph, each('Softplus')(graph, x))

const activations: Readonly<Record<string, Activate>> = {
  linear: (_, x) => x,
  relu: each('Relu'),
  relu6: clip(0, 6),
  elu: each('Elu'),
  selu: each('Selu'),
  sigmoid: each('Sigmoid'),
  hardsigmoid: each('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  tanh: each('Tanh'),
  softplus: each('Softplus'),
  softsign: each('Softsign'),
  softmax: along('Softmax'),
  logsoftmax: along('LogSoftmax'),
  swish: gated(each('Sigmoid')),
  // What Keras 3 calls swish; tfjs does not know the name.
  silu: gated(each('Sigmoid')),
  gelu: gated(normalDistribution),
  mish: gated(tanhOfSoftplus),
  exponential: each('Exp'),
}

/** hard_sigmoid and hardSigmoid are one; an object has the name in it. */
function nameOf(activation: unknown): string {
  if (activation === undefined || activation === null) return 'linear'
  if (typeof activation === 'string') return activation.replaceAll('_', '').toLowerCase()
  const { class_name: snake, className = snake } = activation as Record<string, unknown>
  return typeof className === 'string' ? nameOf(className) : JSON.stringify(activation)
}

export function refusesActivation(settings: Settings): string | undefined {
  const name = nameOf(settings.get('activation'))
  return Object.hasOwn(activations, name) ? undefined : `activation ${name}`
}

/** What the setting `activation` makes of a value. */
export function activate(settings: Settings, graph: Graph, x: Value): Value {
  return activations[nameOf(settings.get('activation'))]?.(graph, x) ?? x
}

function layer(
  create: (settings: Settings) => Activate,
  refuses?: LayerKind['refuses'],
): LayerKind {
  return {
    apply: ({ settings, graph, inputs }) => create(settings)(graph, inputs[0]),
    ...(refuses === undefined ? {} : { refuses }),
  }
}

const alpha = (settings: Settings, fallback: number): Attributes => {
  // Keras 3 calls a slope what Keras 2 calls alpha.
  const name = settings.get('negative_slope') === undefined ? 'alpha' : 'negative_slope'
  return { alpha: { float: settings.number(name, fallback) } }
}

/** A slope for each value, or for each channel where the axes of space are shared. */
const prelu: LayerKind = {
  apply({ name, settings, graph, inputs, weight }) {
    const shared = settings.get('shared_axes') === undefined ? [] : settings.list('shared_axes')
    const [given] = inputs
    const x = graph.channelsFirst(typeof given.stored === 'string' ? given : graph.plain(given))
    const shape = x.shape.map((axis, i) => (shared.includes(i + 1) ? 1 : axis))
    const order = [shape.length - 1, ...shape.keys()].slice(0, shape.length)
    const slopes = () => transpose(weight('alpha', shape), shape, order).data
    const stored = order.map((axis) => shape[axis] as number)
    const slope = graph.floats(`${name}/alpha`, stored, slopes)
    return { ...x, name: graph.add('PRelu', [x.name, slope]) }
  },
}

/** max_value above all; value from the threshold on; below it slope * (value - threshold), as Keras has it. */
function generalRelu(settings: Settings): Activate {
  const slope = settings.number('negative_slope', 0)
  const threshold = settings.number('threshold', 0)
  const most = settings.get('max_value') === undefined ? Infinity : settings.number('max_value')
  if (slope === 0 && threshold === 0) return most === Infinity ? each('Relu') : clip(0, most)
  return (graph, x) => {
    const from = graph.scalar(threshold)
    const above = graph.add('Where', [
      graph.add('GreaterOrEqual', [x.name, from]),
      graph.add('Min', [x.name, graph.scalar(most)]),
      graph.add('Mul', [graph.add('Sub', [x.name, from]), graph.scalar(slope)]),
    ])
    return { ...x, name: above }
  }
}

export const activationLayers: Readonly<Record<string, LayerKind>> = {
  Activation: layer((settings) => (graph, x) => activate(settings, graph, x), refusesActivation),
  ReLU: layer(generalRelu),
  LeakyReLU: layer((settings) => each('LeakyRelu', alpha(settings, 0.3))),
  ELU: layer((settings) => each('Elu', alpha(settings, 1))),
  ThresholdedReLU: layer((settings) =>
    each('ThresholdedRelu', { alpha: { float: settings.number('theta', 1) } }),
  ),
  PReLU: prelu,
  Softmax: layer(
    (settings) => (graph, x) => {
      const [axis = 1] = settings.numbers('axis', 1, 1)
      return along('Softmax', axis < 0 ? axis + x.shape.length + 1 : axis)(graph, x)
    },
    (settings) => {
      const axes = [settings.get('axis') ?? 1].flat()
      return axes.length === 1 && axes[0] !== 0 ? undefined : `axis ${JSON.stringify(axes)}`
    },
  ),
}
