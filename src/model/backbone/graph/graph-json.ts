// The graph of a tfjs graph model: TensorFlow's GraphDef as JSON, weights beside it. Types, and names of
// tensors in it.
import type { io } from '@tensorflow/tfjs-core'
import type { NetworkOutput } from '../only-one.ts'
import type { OpNode } from '../op-graph.ts'

/** One value of an attribute, as protocol buffers write JSON: bytes in base64, whole numbers as text. */
export interface AttributeJson {
  readonly s?: string
  readonly i?: string | number
  readonly f?: number
  readonly b?: boolean
  /** 'DT_FLOAT' */
  readonly type?: string | number
  readonly shape?: ShapeJson
  readonly list?: Readonly<Record<string, readonly unknown[]>>
  readonly func?: { readonly name?: string }
}

export interface ShapeJson {
  readonly dim?: readonly { readonly size?: string | number }[]
  readonly unknownRank?: boolean
}

export interface NodeJson {
  readonly name: string
  readonly op: string
  /** 'node', 'node:1' of its second output, '^node' where only the order counts. */
  readonly input?: readonly string[]
  readonly attr?: Readonly<Record<string, AttributeJson>>
}

/** A node in a graph of any form. */
export interface TfNode extends OpNode {
  readonly json: NodeJson
}

export interface GraphWeight {
  readonly spec: io.WeightsManifestEntry
  readonly bytes: Uint8Array
}

export interface GraphModelContent {
  readonly nodes: readonly NodeJson[]
  readonly library: { readonly function?: readonly FunctionJson[] } | undefined
  /** By the name of the Const node that they are. */
  readonly weights: ReadonlyMap<string, GraphWeight>
  /** Placeholders. */
  readonly inputs: readonly GraphInput[]
  /** Tensors. */
  readonly outputs: readonly NetworkOutput[]
}

interface GraphInput {
  readonly name: string
  /** The batch first; undefined axes are open. */
  readonly axes: readonly (number | undefined)[]
  /** 'float32' */
  readonly dtype: string
}

interface FunctionJson {
  readonly nodeDef?: readonly NodeJson[]
}

/** A tensor as it is called everywhere here: the first output of a node by the node's name. */
export function tensorName(reference: string): string {
  return reference.replace(/:0$/, '')
}

export function nodeName(tensor: string): string {
  return tensor.replace(/^\^/, '').replace(/:\d+$/, '')
}

/** '' where there is none. */
export function textOf(attribute: AttributeJson | undefined): string {
  return Buffer.from(attribute?.s ?? '', 'base64').toString()
}

/** -1 and what is not said are open. */
export function axesOf(shape: ShapeJson | undefined): readonly (number | undefined)[] {
  return (shape?.dim ?? []).map(({ size }) => {
    const axis = Number(size ?? -1)
    return axis > 0 ? axis : undefined
  })
}

/** 'DT_FLOAT' and its number to 'float32'. */
export function dtypeOf(type: string | number | undefined): string {
  const names: Readonly<Record<string, string>> = {
    DT_FLOAT: 'float32',
    1: 'float32',
    DT_DOUBLE: 'float64',
    2: 'float64',
    DT_HALF: 'float16',
    19: 'float16',
    DT_BFLOAT16: 'bfloat16',
    14: 'bfloat16',
    DT_INT32: 'int32',
    3: 'int32',
    DT_UINT8: 'uint8',
    4: 'uint8',
    DT_INT64: 'int64',
    9: 'int64',
    DT_BOOL: 'bool',
    10: 'bool',
  }
  return names[String(type)] ?? String(type).replace('DT_', '').toLowerCase()
}
