// A tfjs graph model's files as nodes and weights.
import type { io } from '@tensorflow/tfjs-core'
import { splitWeights } from '../../stored-weights.ts'
import { modelFiles } from '../../weights.ts'
import {
  axesOf,
  dtypeOf,
  nodeName,
  tensorName,
  type GraphModelContent,
  type NodeJson,
  type ShapeJson,
} from './graph-json.ts'
import { replaceOperation } from './replace-operations.ts'

interface TensorInfo {
  readonly name?: string
  readonly tensorShape?: ShapeJson
  readonly dtype?: string
}

interface Signature {
  readonly inputs?: Readonly<Record<string, TensorInfo>>
  readonly outputs?: Readonly<Record<string, TensorInfo>>
}

/** @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED as `readModelJson` and `checkWeightFiles`. */
export async function readGraphModel(folder: string): Promise<GraphModelContent> {
  const artifacts = (await modelFiles(folder).load?.()) as io.ModelArtifacts
  const topology = artifacts.modelTopology as {
    readonly node?: readonly NodeJson[]
    readonly library?: GraphModelContent['library']
  }
  const replaced = (topology.node ?? []).map(replaceOperation)
  const nodes = replaced.flatMap((each) => each.nodes)
  const signature = (artifacts.signature ?? artifacts.userDefinedMetadata?.['signature']) as
    Signature | undefined
  const names = new Set(nodes.map(({ name }) => name))
  const infos = new Map(
    Object.values(signature?.inputs ?? {}).map((info) => [nodeName(info.name ?? ''), info]),
  )
  const inputs = nodes
    .filter(({ name, op }) => op === 'Placeholder' && (infos.size === 0 || infos.has(name)))
    .map(({ name, attr }) => ({
      name,
      axes: axesOf(infos.get(name)?.tensorShape ?? attr?.['shape']?.shape),
      dtype: dtypeOf(attr?.['dtype']?.type ?? infos.get(name)?.dtype),
    }))
  const said = Object.values(signature?.outputs ?? {}).map(({ name = '', dtype }) => ({
    name: tensorName(name),
    dtype: dtype === undefined ? '' : dtypeOf(dtype),
  }))
  const outputs = said.filter(({ name }) => names.has(nodeName(name)))
  return {
    nodes,
    library: topology.library,
    weights: new Map([
      ...readWeights(artifacts),
      ...replaced.flatMap((each) => each.weights).map((each) => [each.spec.name, each] as const),
    ]),
    inputs,
    outputs: outputs.length > 0 ? outputs : endsOf(nodes).map((name) => ({ name })),
  }
}

/** Tensors that no other node takes: what an old file without a signature gives. */
function endsOf(nodes: readonly NodeJson[]): readonly string[] {
  const taken = new Set(nodes.flatMap(({ input = [] }) => input.map(nodeName)))
  return nodes.filter(({ name, op }) => !taken.has(name) && op !== 'Const').map(({ name }) => name)
}

function readWeights({
  weightSpecs = [],
  weightData,
}: io.ModelArtifacts): GraphModelContent['weights'] {
  const weights = splitWeights(weightSpecs, new Uint8Array(weightData as ArrayBuffer))
  return new Map([...weights].map(({ spec, bytes }) => [spec.name, { spec, bytes }]))
}
