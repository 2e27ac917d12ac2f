// Layers of several inputs: one value of each made into one, and side by side. Inputs lie the same way
// first; with fewer axes than others, one gets axes of size 1 after the batch, as in tfjs.
import { isSameShape, type Shape } from '../../../domain/tensor.ts'
import { ModelError } from '../../../errors.ts'
import type { Graph } from '../graph.ts'
import type { LayerKind } from '../layer.ts'
import { storedAxis, type Value } from '../value.ts'

/** The same inputs, all lying the same way. */
function align(graph: Graph, inputs: readonly Value[]): readonly Value[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length))
  if (rank > 1) {
    const wide = inputs.map((value) =>
      value.shape.length === rank ? value : graph.reshape(value, widen(value.shape, rank)),
    )
    const isFirst = wide.some(({ stored }) => stored === 'channels-first')
    return wide.map((value) => (isFirst ? graph.channelsFirst(value) : value))
  }
  const [first] = inputs
  const isSameOrder = inputs.every(
    ({ stored }) => JSON.stringify(stored) === JSON.stringify(first?.stored),
  )
  return isSameOrder ? inputs : inputs.map((value) => graph.plain(value))
}

function widen(shape: Shape, rank: number): Shape {
  return [...new Array<number>(rank - shape.length).fill(1), ...shape]
}

/** Sizes of 1 are repeated. */
function broadcast(name: string, shapes: readonly Shape[]): Shape {
  const [first = []] = shapes
  const sizes = first.map((_, i) => Math.max(...shapes.map((shape) => shape[i] ?? 1)))
  const odd = shapes.find((shape) => shape.some((size, i) => size !== 1 && size !== sizes[i]))
  if (odd === undefined) return sizes
  throw unfit(name, shapes)
}

function unfit(name: string, shapes: readonly Shape[]): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected inputs of layer '${name}' to fit each other, got ${shapes.map((s) => s.join('x')).join(' and ')}`,
    { hint: 'Copy the model folder again, or train it again with `ddnn train`' },
  )
}

/** `finish` is given the number of inputs. */
function pairwise(
  op: string,
  finish: (graph: Graph, value: string, count: number) => string = (_, value) => value,
): LayerKind {
  return {
    apply({ name, graph, inputs }) {
      const values = align(graph, inputs)
      const shape = broadcast(
        name,
        values.map((value) => value.shape),
      )
      const [first, ...rest] = values as readonly [Value, ...Value[]]
      // Two at a time: a runtime joins an Add to the convolution before it, not a sum of many.
      const merged = rest.reduce((sum, next) => graph.add(op, [sum, next.name]), first.name)
      return { ...first, name: finish(graph, merged, values.length), shape }
    },
  }
}

const concatenate: LayerKind = {
  refuses: (settings) => (settings.get('axis') === 0 ? 'the batch as axis' : undefined),
  apply({ name, settings, graph, inputs }) {
    const given = settings.number('axis', -1)
    const axis = given < 0 ? given + inputs[0].shape.length + 1 : given
    const values = align(
      graph,
      inputs.map((value) => (value.shape.length === 1 ? graph.plain(value) : value)),
    )
    const shapes = values.map((value) => value.shape)
    const without = (shape: Shape) => shape.map((size, i) => (i === axis - 1 ? 0 : size))
    const [first] = values as readonly [Value, ...Value[]]
    if (shapes.some((shape) => !isSameShape(without(shape), without(first.shape)))) {
      throw unfit(name, shapes)
    }
    const total = shapes.reduce((sum, shape) => sum + (shape[axis - 1] ?? 0), 0)
    const shape = first.shape.map((size, i) => (i === axis - 1 ? total : size))
    const names = values.map((value) => value.name)
    const output = graph.add('Concat', names, { axis: { int: storedAxis(first, axis) } })
    return { ...first, name: output, shape }
  },
}

export const mergeLayers: Readonly<Record<string, LayerKind>> = {
  Add: pairwise('Add'),
  Subtract: pairwise('Sub'),
  Multiply: pairwise('Mul'),
  Average: pairwise('Add', (graph, sum, count) => graph.add('Mul', [sum, graph.scalar(1 / count)])),
  Maximum: pairwise('Max'),
  Minimum: pairwise('Min'),
  Concatenate: concatenate,
}
