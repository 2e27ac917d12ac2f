// Folds a factor and a summand a channel into the convolution or Gemm beside it, so that batch
// normalisation costs nothing: (x * w + b) * s + t = x * (w s) + (b s + t), and before it
// (x s + t) * w + b = x * (s w) + (t * w + b). What has no such neighbour becomes Mul and Add.
import { sizeOf, type Shape } from '../../domain/tensor.ts'
import { affine, intOf, intsOf, type Graph, type GraphNode } from './graph.ts'

/** `outputs` are the tensors that leave the graph. */
export function foldAffine(graph: Graph, outputs: readonly string[]): void {
  const pass = new Fold(graph, outputs)
  for (const node of graph.nodes.filter(({ op }) => op === affine)) {
    if (!pass.intoProducer(node)) pass.intoConsumer(node)
  }
  graph.nodes = graph.nodes.flatMap((node) => (node.op === affine ? lower(graph, node) : [node]))
}

/** Axes of a kernel along which its outputs and inputs lie, -1 for neither; undefined for other operations. */
function kernelAxes(node: GraphNode): { out: number; in: number } | undefined {
  const { op } = node
  if (op === 'Conv') return { out: 0, in: intOf(node, 'group', 1) === 1 ? 1 : -1 }
  if (op === 'Gemm') return { out: 1, in: 0 }
  if (op === 'ConvTranspose') return { out: 1, in: -1 }
  return undefined
}

class Fold {
  readonly #graph: Graph
  readonly #outputs: readonly string[]

  constructor(graph: Graph, outputs: readonly string[]) {
    this.#graph = graph
    this.#outputs = outputs
  }

  /**
   * Into the node that makes its value, where nobody else needs that value. A maximum in between may stay
   * there as long as no factor turns the order around.
   */
  intoProducer(node: GraphNode): boolean {
    const { scale, shift } = this.#factors(node)
    const before = this.#soleProducer(node)
    const isMaximum = before?.op === 'MaxPool' && scale.every((factor) => factor > 0)
    const producer = isMaximum ? this.#soleProducer(before) : before
    const axes = producer === undefined ? undefined : kernelAxes(producer)
    if (before === undefined || producer === undefined || axes === undefined) return false
    if (!isOverChannels(node)) return false
    const kernel = this.#scaled(producer, axes.out, scale)
    const bias = this.#floats(producer.inputs[2])?.floats
    const sum = shift.map((more, i) => (bias?.[i] ?? 0) * (scale[i] as number) + more)
    const inputs = [
      producer.inputs[0] ?? '',
      kernel,
      this.#add(producer, 'bias', [sum.length], sum),
    ]
    this.#graph.nodes = this.#graph.nodes
      .filter((other) => other !== node)
      .map((other) => (other === producer ? { ...other, inputs } : other))
      .map((other) => (other.output === before.output ? { ...other, output: node.output } : other))
    return true
  }

  /** Into the only node that takes it, unless zeros are padded in between. */
  intoConsumer(node: GraphNode): boolean {
    const users = this.#usersOf(node.output)
    const [consumer] = users
    const axes = consumer === undefined ? undefined : kernelAxes(consumer)
    if (consumer === undefined || axes === undefined || users.length !== 1) return false
    if (this.#outputs.includes(node.output) || axes.in < 0 || !isOverChannels(node)) return false
    if (consumer.inputs[0] !== node.output || isPadded(consumer)) return false
    const { scale, shift } = this.#factors(node)
    const old = this.#floats(consumer.inputs[1])
    if (old === undefined) return false
    const bias = this.#floats(consumer.inputs[2])?.floats
    const more = summed(old.floats, old.shape, axes, shift)
    const sum = more.map((value, i) => value + (bias?.[i] ?? 0))
    const kernel = this.#scaled(consumer, axes.in, scale)
    const inputs = [node.inputs[0] ?? '', kernel, this.#add(consumer, 'bias', [sum.length], sum)]
    this.#graph.nodes = this.#graph.nodes
      .filter((other) => other !== node)
      .map((other) => (other === consumer ? { ...other, inputs } : other))
    return true
  }

  /** The node that makes a node's first input, where it is made for that node alone. */
  #soleProducer({ inputs: [value = ''] }: GraphNode): GraphNode | undefined {
    if (this.#usersOf(value).length !== 1 || this.#outputs.includes(value)) return undefined
    return this.#graph.nodes.find(({ output }) => output === value)
  }

  #usersOf(value: string): readonly GraphNode[] {
    return this.#graph.nodes.filter(({ inputs }) => inputs.includes(value))
  }

  #floats(name = ''): { shape: Shape; floats: Float32Array } | undefined {
    const constant = this.#graph.constants.get(name)
    return constant !== undefined && 'floats' in constant ? constant : undefined
  }

  #factors({ inputs }: GraphNode): { scale: Float64Array; shift: Float64Array } {
    return {
      scale: Float64Array.from(this.#floats(inputs[1])?.floats ?? []),
      shift: Float64Array.from(this.#floats(inputs[2])?.floats ?? []),
    }
  }

  /** The node's kernel times a factor for each place of one of its axes, as a constant of its own. */
  #scaled(node: GraphNode, axis: number, scale: Float64Array): string {
    const { shape = [], floats = new Float32Array() } = this.#floats(node.inputs[1]) ?? {}
    const inner = sizeOf(shape.slice(axis + 1))
    const size = shape[axis] ?? 1
    const result = new Float32Array(floats.length)
    for (let row = 0; row * inner < floats.length; row++) {
      const factor = scale[row % size] as number
      for (let i = row * inner; i < (row + 1) * inner; i++)
        result[i] = (floats[i] as number) * factor
    }
    return this.#add(node, 'kernel', shape, result)
  }

  #add(node: GraphNode, kind: string, shape: Shape, values: ArrayLike<number>): string {
    const name = this.#graph.unique(`${node.name}/folded ${kind}`)
    return this.#graph.floats(name, shape, () => new Float32Array(values))
  }
}

function isOverChannels(node: GraphNode): boolean {
  return intOf(node, 'axis', 0) === 1
}

function isPadded(node: GraphNode): boolean {
  return intsOf(node, 'pads').some((pad) => pad !== 0)
}

/** What a kernel makes of a summand a channel: one number an output. */
function summed(
  kernel: Float32Array,
  shape: Shape,
  axes: { readonly out: number; readonly in: number },
  shift: Float64Array,
): Float64Array {
  const sums = new Float64Array(shape[axes.out] ?? 0)
  const inner = (axis: number) => sizeOf(shape.slice(axis + 1))
  const [outStep, inStep] = [inner(axes.out), inner(axes.in)]
  for (let i = 0; i < kernel.length; i++) {
    const out = Math.floor(i / outStep) % sums.length
    const from = Math.floor(i / inStep) % shift.length
    sums[out] = (sums[out] as number) + (kernel[i] as number) * (shift[from] as number)
  }
  return sums
}

/** Mul and Add, with the constants along the axis of the value. */
function lower(graph: Graph, node: GraphNode): GraphNode[] {
  const [value = '', ...constants] = node.inputs
  const behind = intOf(node, 'rank', 1) - intOf(node, 'axis', 1)
  const [scale = '', shift = ''] = constants.map((name) => {
    const found = graph.constants.get(name)
    const floats = found !== undefined && 'floats' in found ? found.floats : new Float32Array()
    const shape = [floats.length, ...new Array<number>(behind).fill(1)]
    return graph.floats(`${name} along`, shape, () => floats)
  })
  const product = graph.unique(`${node.name}/Mul`)
  const sum = graph.unique(`${node.name}/Add`)
  const attributes = {}
  return [
    { name: product, op: 'Mul', inputs: [value, scale], output: product, attributes },
    { name: sum, op: 'Add', inputs: [product, shift], output: node.output, attributes },
  ]
}
