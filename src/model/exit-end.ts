// What an output of a model ends in, told by its files: a softmax or sigmoid, or what gives plain numbers. A tier
// whose manifest is silent reads its exits by that (serving/engine/host/read-exits.ts).
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ExitEnds, ExitGives } from '../domain/confidence.ts'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { onnxFileOf } from './onnx-file.ts'
import { parseTopology, type Network, type TensorRef } from './onnx/topology.ts'
import { endOfLayer, endOfOperation, isSigmoid } from './operation-ends.ts'
import { ProtoMessage } from './proto-message.ts'
import { readModelJson } from './weights.ts'

interface Operation {
  readonly op: string
  readonly inputs: readonly string[]
}

/** Tells what outputs give; undefined of those whose files do not say, SavedModels among them. */
export async function readExitEnds(spec: SubmodelSpec): Promise<ExitEnds> {
  switch (spec.format) {
    case 'tfjs-layers': {
      const { modelTopology } = await readModelJson(spec.folder)
      const network = parseTopology(modelTopology, spec.folder)
      return ({ index, units }) => endOfLayers(network, network.outputs[index], units)
    }
    case 'tfjs-graph': {
      const { modelTopology, signature } = graphJson.parse(await readModelJson(spec.folder))
      const nodes = new Map(
        modelTopology.node.map(({ name, op, input }) => [name, { op, inputs: input }]),
      )
      return ({ name, units }) =>
        endOfGraph(nodes, nodeOf(signature?.outputs?.[name]?.name ?? name), units)
    }
    case 'onnx': {
      const nodes = operationsOf(await readFile(await onnxFileOf(spec.folder)))
      return ({ name, units }) => endOfGraph(nodes, name, units)
    }
    case 'saved-model':
    case 'fixed-time':
      return () => undefined
  }
}

const graphJson = z.looseObject({
  modelTopology: z.looseObject({
    node: z.array(
      z.looseObject({ name: z.string(), op: z.string(), input: z.array(z.string()).default([]) }),
    ),
  }),
  signature: z
    .looseObject({
      outputs: z.record(z.string(), z.looseObject({ name: z.string().optional() })).optional(),
    })
    .nullish(),
})

function endOfLayers(
  network: Network,
  ref: TensorRef | undefined,
  units: number,
): ExitGives | undefined {
  const layer = network.layers.get(ref?.layer ?? '')
  if (ref === undefined || layer === undefined) return undefined
  if (layer.network !== undefined)
    return endOfLayers(layer.network, layer.network.outputs[ref.output], units)
  const said = layer.config['activation'] ?? 'linear'
  const activation = typeof said === 'string' ? said : 'unknown'
  const end = endOfLayer(layer.className, activation)
  if (end === 'before') return endOfLayers(network, layer.calls[ref.call]?.inputs[0], units)
  return units > 1 && isSigmoid(activation) ? undefined : end
}

function endOfGraph(
  nodes: ReadonlyMap<string, Operation>,
  output: string,
  units: number,
  passed = 0,
): ExitGives | undefined {
  const node = nodes.get(output)
  // Files that are damaged may go in a ring.
  if (node === undefined || passed > nodes.size) return undefined
  const end = endOfOperation(node.op)
  if (end !== 'before') return units > 1 && isSigmoid(node.op) ? undefined : end
  const before = node.inputs[0] ?? ''
  return endOfGraph(nodes, nodes.has(before) ? before : nodeOf(before), units, passed + 1)
}

/** Of TensorFlow's name of a tensor, 'dense/BiasAdd:0'. */
function nodeOf(tensor: string): string {
  return tensor.replace(/:\d+$/, '')
}

/** By the names of their outputs. Source: onnx.proto; ModelProto graph = 7, GraphProto node = 1. */
function operationsOf(model: Buffer): ReadonlyMap<string, Operation> {
  const nodes = new Map<string, Operation>()
  for (const node of new ProtoMessage(model).message(7)?.messages(1) ?? []) {
    // NodeProto input = 1, output = 2, op_type = 4
    const operation = { op: node.text(4), inputs: node.texts(1) }
    for (const output of node.texts(2)) nodes.set(output, operation)
  }
  return nodes
}
