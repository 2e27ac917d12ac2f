// Operations of TensorFlow that tfjs does not know, by others that it does: what Keras' activations are made of.
import type { GraphWeight, NodeJson } from '../graph/graph-json.ts'

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
  const one = `${name}/one`
  const weights = [{ spec: { name: one, shape: [], dtype: 'float32' as const }, bytes: ones() }]
  const constant = { name: one, op: 'Const', input: [], attr: { dtype: { type: 'DT_FLOAT' } } }
  switch (op) {
    // GELU as Keras 3 writes it.
    case 'Erfc':
      return {
        nodes: [constant, add('erf', 'Erf', [x]), add('', 'Sub', [one, `${name}/erf`])],
        weights,
      }
    case 'Softsign':
      return {
        nodes: [
          constant,
          add('size', 'Abs', [x]),
          add('more', 'AddV2', [`${name}/size`, one]),
          add('', 'RealDiv', [x, `${name}/more`]),
        ],
        weights,
      }
    default:
      return { nodes: [{ ...node, op: renamed[op] ?? op }], weights: [] }
  }
}

function ones(): Uint8Array {
  return new Uint8Array(Float32Array.of(1).buffer)
}
