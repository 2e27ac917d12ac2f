// Operations of TensorFlow that tfjs does not know, by others that it does: what Keras' activations are made of, and
// activations that TensorFlow's optimizer puts into a convolution.
import type { GraphWeight, NodeJson } from './graph-json.ts'

interface Replacement {
  /** In order; the last has the name of what they stand for. */
  readonly nodes: readonly NodeJson[]
  readonly weights: readonly GraphWeight[]
}

/** The same computation under another name. */
const renamed: Readonly<Record<string, string>> = {
  BatchMatMulV3: 'BatchMatMulV2',
  BiasAddV1: 'BiasAdd',
  CheckNumerics: 'Identity',
  Inv: 'Reciprocal',
  PreventGradient: 'Identity',
  Rint: 'Round',
}

export function replaceOperation(node: NodeJson): Replacement {
  const { name, op, input = [], attr = {} } = node
  const [x = ''] = input
  const add = (part: string, kind: string, inputs: readonly string[]): NodeJson => ({
    name: part === '' ? name : `${name}/${part}`,
    op: kind,
    input: inputs,
    attr,
  })
  const one = constantOf(`${name}/one`, 1)
  switch (op) {
    // GELU as Keras 3 writes it.
    case 'Erfc':
      return {
        nodes: [one.node, add('erf', 'Erf', [x]), add('', 'Sub', [`${name}/one`, `${name}/erf`])],
        weights: [one.weight],
      }
    case 'Softsign':
      return {
        nodes: [
          one.node,
          add('size', 'Abs', [x]),
          add('more', 'AddV2', [`${name}/size`, `${name}/one`]),
          add('', 'RealDiv', [x, `${name}/more`]),
        ],
        weights: [one.weight],
      }
    case '_FusedConv2D':
    case '_FusedMatMul':
    case 'FusedDepthwiseConv2dNative':
      return unfuse(node)
    default:
      return { nodes: [{ ...node, op: renamed[op] ?? op }], weights: [] }
  }
}

/** x * min(max(x + 3, 0), 6) / 6 as MobileNetV3 has it, and tanh: tfjs computes neither within a convolution. */
function unfuse(node: NodeJson): Replacement {
  const { name, attr = {} } = node
  const fused = (attr['fused_ops']?.list?.['s'] ?? []) as readonly string[]
  const kinds = fused.map((kind) => Buffer.from(kind, 'base64').toString())
  const last = kinds.at(-1)
  if (last !== '_FusedHardSwish' && last !== 'Tanh') return { nodes: [node], weights: [] }
  const linear = `${name}/linear`
  const ops = { ...attr, fused_ops: { list: { s: fused.slice(0, -1) } } }
  const plain = { ...node, name: linear, attr: ops }
  const add = (part: string, op: string, input: readonly string[]): NodeJson => ({
    name: part === '' ? name : `${name}/${part}`,
    op,
    input,
    attr: { T: { type: 'DT_FLOAT' } },
  })
  if (last === 'Tanh') return { nodes: [plain, add('', 'Tanh', [linear])], weights: [] }
  const three = constantOf(`${name}/three`, 3)
  const sixth = constantOf(`${name}/sixth`, 1 / 6)
  const nodes = [
    ...[plain, three.node, sixth.node],
    add('moved', 'AddV2', [linear, `${name}/three`]),
    add('gate', 'Relu6', [`${name}/moved`]),
    add('product', 'Mul', [linear, `${name}/gate`]),
    add('', 'Mul', [`${name}/product`, `${name}/sixth`]),
  ]
  return { nodes, weights: [three.weight, sixth.weight] }
}

function constantOf(name: string, value: number): { node: NodeJson; weight: GraphWeight } {
  const bytes = new Uint8Array(Float32Array.of(value).buffer)
  return {
    node: { name, op: 'Const', input: [], attr: { dtype: { type: 'DT_FLOAT' } } },
    weight: { spec: { name, shape: [], dtype: 'float32' }, bytes },
  }
}
