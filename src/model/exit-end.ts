// What an output of a model ends in, told by its files: a softmax or sigmoid, or what gives plain numbers. A tier
// whose manifest is silent reads its exits by that (serving/engine/host/read-exits.ts).
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ExitGives } from '../domain/confidence.ts'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { onnxFileOf } from './onnx-file.ts'
import { parseTopology, type Network, type TensorRef } from './onnx/topology.ts'
import { ProtoMessage } from './proto-message.ts'
import { readModelJson } from './weights.ts'

/** An output by its place among all, and as the model's files call it. */
export interface OutputName {
  readonly index: number
  readonly name: string
}

type ExitEnds = (output: OutputName) => ExitGives | undefined

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
      return ({ index }) => endOfLayers(network, network.outputs[index])
    }
    case 'tfjs-graph': {
      const { modelTopology, signature } = graphJson.parse(await readModelJson(spec.folder))
      const nodes = new Map(
        modelTopology.node.map(({ name, op, input }) => [name, { op, inputs: input }]),
      )
      return ({ name }) => endOfGraph(nodes, nodeOf(signature?.outputs?.[name]?.name ?? name))
    }
    case 'onnx': {
      const nodes = operationsOf(await readFile(await onnxFileOf(spec.folder)))
      return ({ name }) => endOfGraph(nodes, name)
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

/** Layers and operations that only pass values on, that end in shares of 1, and that end in plain numbers. */
const passing =
  /^(Identity|Reshape|Flatten|Squeeze|Unsqueeze|ExpandDims|Dropout|Cast|Permute|Transpose)$/
const sharing = /^(Softmax|Sigmoid|HardSigmoid)$/
const plain = /^(Dense|Conv\dD|Conv|Gemm|MatMul|BiasAdd|Add|AddV2|BatchNormalization|LogSoftmax)$/

function endOf(op: string): ExitGives | undefined {
  if (sharing.test(op)) return 'probabilities'
  return plain.test(op) ? 'logits' : undefined
}

function endOfLayers(network: Network, ref: TensorRef | undefined): ExitGives | undefined {
  const layer = network.layers.get(ref?.layer ?? '')
  if (ref === undefined || layer === undefined) return undefined
  if (layer.network !== undefined)
    return endOfLayers(layer.network, layer.network.outputs[ref.output])
  const activation = layer.config['activation'] ?? 'linear'
  if (activation === 'softmax' || activation === 'sigmoid') return 'probabilities'
  if (activation !== 'linear') return undefined
  const isPassing = passing.test(layer.className) || layer.className === 'Activation'
  return isPassing ? endOfLayers(network, layer.calls[ref.call]?.inputs[0]) : endOf(layer.className)
}

function endOfGraph(
  nodes: ReadonlyMap<string, Operation>,
  output: string,
  passed = 0,
): ExitGives | undefined {
  const node = nodes.get(output)
  // Files that are damaged may go in a ring.
  if (node === undefined || passed > nodes.size) return undefined
  if (!passing.test(node.op)) return endOf(node.op)
  const before = node.inputs[0] ?? ''
  return endOfGraph(nodes, nodes.has(before) ? before : nodeOf(before), passed + 1)
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
