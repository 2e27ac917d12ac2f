// Convolutions of groups of channels, as Keras' ConvNeXt and ResNeXt have them, in operations that tfjs has: one of
// each channel alone is a depthwise convolution, others are one convolution a group.
import { sizeOf } from '../../../domain/tensor.ts'
import { textOf, type GraphWeight, type NodeJson } from '../graph/graph-json.ts'

interface Replacement {
  /** In order; the last has the name of the convolution. */
  readonly nodes: readonly NodeJson[]
  readonly weights: readonly GraphWeight[]
}

/**
 * The node itself, or what stands for it.
 * @param weights those of the graph; those of what stands for it are added.
 * @param channels of tensors, channels last.
 */
export function withoutGroups(
  node: NodeJson,
  weights: Map<string, GraphWeight>,
  channels: ReadonlyMap<string, number>,
): readonly NodeJson[] {
  const { op, input: [x = '', filter = ''] = [], attr = {} } = node
  const kernel = weights.get(filter)
  const isLast = !textOf(attr['data_format']).startsWith('NC')
  if (op !== 'Conv2D' || kernel === undefined || !isLast) return [node]
  const replacement = replaceGrouped(node, kernel, channels.get(x) ?? -1)
  for (const each of replacement?.weights ?? []) weights.set(each.spec.name, each)
  return replacement?.nodes ?? [node]
}

/** @param filter float32 `[height, width, channels of a group, outputs]`. @returns undefined of a plain one. */
function replaceGrouped(
  node: NodeJson,
  filter: GraphWeight,
  channels: number,
): Replacement | undefined {
  const [height = 0, width = 0, inGroup = 0, outputs = 0] = filter.spec.shape
  const groups = channels / inGroup
  if (!(groups > 1) || !Number.isInteger(groups) || outputs % groups !== 0) return undefined
  const { name, input: [x = ''] = [], attr = {} } = node
  const perGroup = outputs / groups
  if (inGroup === 1) {
    const spec = {
      ...filter.spec,
      name: `${name}/filter`,
      shape: [height, width, groups, perGroup],
    }
    const moved = { ...node, op: 'DepthwiseConv2dNative', input: [x, spec.name] }
    return { nodes: [constant(spec.name), moved], weights: [{ spec, bytes: filter.bytes }] }
  }
  const axis = `${name}/axis`
  const bytes = new Uint8Array(Int32Array.of(3).buffer)
  const weights: GraphWeight[] = [{ spec: { name: axis, shape: [], dtype: 'int32' }, bytes }]
  const split = { op: 'Split', input: [axis, x], attr: { num_split: { i: String(groups) } } }
  const nodes: NodeJson[] = [constant(axis, 'DT_INT32'), { name: `${name}/split`, ...split }]
  const made = Array.from({ length: groups }, (_, k) => {
    const own = `${name}/filter_${k}`
    const spec = { ...filter.spec, name: own, shape: [height, width, inGroup, perGroup] }
    weights.push({ spec, bytes: columns(filter, k * perGroup, perGroup) })
    const given = k === 0 ? `${name}/split` : `${name}/split:${k}`
    nodes.push(constant(own), {
      name: `${name}/group_${k}`,
      op: 'Conv2D',
      input: [given, own],
      attr,
    })
    return `${name}/group_${k}`
  })
  const all = { N: { i: String(groups) } }
  nodes.push({ name, op: 'ConcatV2', input: [...made, axis], attr: all })
  return { nodes, weights }
}

function constant(name: string, type = 'DT_FLOAT'): NodeJson {
  return { name, op: 'Const', input: [], attr: { dtype: { type } } }
}

/** Those of the last axis from `start` on. */
function columns({ spec, bytes }: GraphWeight, start: number, count: number): Uint8Array {
  const outputs = spec.shape.at(-1) ?? 1
  const rows = sizeOf(spec.shape) / outputs
  const result = new Uint8Array(rows * count * 4)
  for (let row = 0; row < rows; row++) {
    const from = (row * outputs + start) * 4
    result.set(bytes.subarray(from, from + count * 4), row * count * 4)
  }
  return result
}
