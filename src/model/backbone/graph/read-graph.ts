// A tfjs graph model's files as nodes and weights.
import type { io } from '@tensorflow/tfjs-core'
import { sizeOf } from '../../../domain/tensor.ts'
import { bytesPerValue, modelFiles } from '../../weights.ts'
import {
  axesOf,
  dtypeOf,
  nodeName,
  tensorName,
  type GraphModelContent,
  type GraphWeight,
  type NodeJson,
  type ShapeJson,
} from './graph-json.ts'

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
  const nodes = topology.node ?? []
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
  const said = Object.values(signature?.outputs ?? {}).map(({ name = '' }) => tensorName(name))
  const outputs = said.filter((name) => names.has(nodeName(name)))
  return {
    nodes,
    library: topology.library,
    weights: readWeights(artifacts),
    inputs,
    outputs: (outputs.length > 0 ? outputs : endsOf(nodes)).map((name) => ({ name })),
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
  const data = new Uint8Array(weightData as ArrayBuffer)
  const weights = new Map<string, GraphWeight>()
  let at = 0
  for (const spec of weightSpecs) {
    const length = byteLength(spec, data, at)
    weights.set(spec.name, { spec, bytes: data.subarray(at, at + length) })
    at += length
  }
  return weights
}

function byteLength(spec: io.WeightsManifestEntry, data: Uint8Array, start: number): number {
  const count = sizeOf(spec.shape)
  const bytes = bytesPerValue[spec.quantization?.dtype ?? spec.dtype]
  if (bytes !== undefined) return count * bytes
  // Strings: each has its length in front of it, four bytes.
  const view = new DataView(data.buffer, data.byteOffset)
  let at = start
  for (let k = 0; k < count; k++) at += 4 + view.getUint32(at, true)
  return at - start
}
