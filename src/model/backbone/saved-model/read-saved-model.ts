// saved_model.pb as far as a network needs it: the nodes of its graph and functions, what they may leave
// unsaid, and its signature. Source: tensorflow/core/framework and protobuf (graph, function, op_def,
// node_def, attr_value, meta_graph); the numbers of fields stand beside what is read.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../../../errors.ts'
import { savedModelFile } from '../../saved-model.ts'
import { ProtoMessage } from '../../proto-message.ts'

export interface ProtoNode {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  /** AttrValue by name. */
  readonly attributes: ReadonlyMap<string, ProtoMessage>
}

export interface ProtoFunction {
  /** Names, in order. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly nodes: readonly ProtoNode[]
  /** The tensor of each output: 'node:output:0'. */
  readonly returns: ReadonlyMap<string, string>
}

interface OpDefinition {
  /** Outputs, and what says how many tensors each is: an attribute of a number or of a list of types. */
  readonly outputs: readonly {
    readonly name: string
    readonly count: string
    readonly list: string
  }[]
  /** AttrValue by name. */
  readonly defaults: ReadonlyMap<string, ProtoMessage>
}

interface SignatureTensor {
  /** 'node:0' */
  readonly tensor: string
  readonly dtype: number
  /** The batch first; undefined axes are open. */
  readonly axes: readonly (number | undefined)[]
}

export interface SavedModelContent {
  readonly nodes: readonly ProtoNode[]
  readonly functions: ReadonlyMap<string, ProtoFunction>
  readonly operations: ReadonlyMap<string, OpDefinition>
  readonly inputs: ReadonlyMap<string, SignatureTensor>
  readonly outputs: ReadonlyMap<string, SignatureTensor>
}

/** @throws DDNN_MODEL_DAMAGED */
export async function readSavedModel(folder: string): Promise<SavedModelContent> {
  const file = join(folder, savedModelFile)
  const bytes = await readFile(file)
  try {
    // meta_graphs; a network has one that serves, mostly the only one.
    const graphs = new ProtoMessage(bytes).messages(2)
    const serving = graphs.find((graph) => graph.message(1)?.texts(4).includes('serve') === true)
    const graph = serving ?? graphs[0]
    if (graph === undefined) throw new RangeError('a file without a graph')
    return readMetaGraph(folder, graph)
  } catch (cause) {
    if (cause instanceof ModelError) throw cause
    const got = cause instanceof Error ? cause.message : String(cause)
    throw new ModelError('DDNN_MODEL_DAMAGED', `Expected a SavedModel in '${file}', got ${got}`, {
      cause,
      hint: 'Copy the whole folder again: saved_model.pb and variables/',
    })
  }
}

function readMetaGraph(folder: string, meta: ProtoMessage): SavedModelContent {
  const graph = meta.message(2) // graph_def
  const library = graph?.message(2)?.messages(1) ?? []
  const definitions = meta.message(1)?.message(2)?.messages(1) ?? [] // meta_info_def.stripped_op_list
  const signature = signatureOf(folder, meta)
  return {
    nodes: (graph?.messages(1) ?? []).map(readNode),
    functions: new Map(library.map((each) => [each.message(1)?.text(1) ?? '', readFunction(each)])),
    operations: new Map(definitions.map((each) => [each.text(1), readDefinition(each)])),
    inputs: readTensors(signature, 1),
    outputs: readTensors(signature, 2),
  }
}

/** NodeDef: name, op, input, attr. */
function readNode(node: ProtoMessage): ProtoNode {
  return {
    name: node.text(1),
    op: node.text(2),
    inputs: node.texts(3),
    attributes: readMap(node.messages(5)),
  }
}

function readMap(entries: readonly ProtoMessage[]): ReadonlyMap<string, ProtoMessage> {
  return new Map(
    entries.map((entry) => [entry.text(1), entry.message(2) ?? new ProtoMessage(Buffer.alloc(0))]),
  )
}

/** FunctionDef: signature (an OpDef), node_def, ret. */
function readFunction(each: ProtoMessage): ProtoFunction {
  const signature = each.message(1)
  return {
    inputs: (signature?.messages(2) ?? []).map((input) => input.text(1)),
    outputs: (signature?.messages(3) ?? []).map((output) => output.text(1)),
    nodes: each.messages(3).map(readNode),
    returns: new Map(each.messages(4).map((entry) => [entry.text(1), entry.text(2)])),
  }
}

/** OpDef: output_arg with number_attr and type_list_attr, attr with default_value. */
function readDefinition(definition: ProtoMessage): OpDefinition {
  return {
    outputs: definition
      .messages(3)
      .map((output) => ({ name: output.text(1), count: output.text(5), list: output.text(6) })),
    defaults: new Map(
      definition.messages(4).flatMap((attribute) => {
        const value = attribute.message(3)
        return value === undefined ? [] : [[attribute.text(1), value] as const]
      }),
    ),
  }
}

/** The signature that serves: Keras and TensorFlow Serving call it serving_default. */
function signatureOf(folder: string, meta: ProtoMessage): ProtoMessage {
  const signatures = [...readMap(meta.messages(5))].filter(([name]) => !name.startsWith('__'))
  const named = (wanted: string) => signatures.find(([name]) => name === wanted)
  const [, signature] =
    named('serving_default') ??
    named('serve') ??
    (signatures.length === 1 ? signatures[0] : undefined) ??
    []
  if (signature !== undefined) return signature
  const got = signatures.length === 0 ? 'none' : signatures.map(([name]) => name).join(', ')
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected a signature serving_default in '${folder}', got ${got}`,
    {
      hint: "Write it with Keras' model.export(FOLDER), or with tf.saved_model.save(model, FOLDER, signatures={'serving_default': FUNCTION})",
    },
  )
}

/** SignatureDef: a map of TensorInfo (name, dtype, tensor_shape). */
function readTensors(signature: ProtoMessage, field: number): ReadonlyMap<string, SignatureTensor> {
  const entries = [...readMap(signature.messages(field))]
  return new Map(
    entries.map(([key, info]) => [
      key,
      {
        tensor: info.text(1),
        dtype: info.int(2),
        axes: (info.message(3)?.messages(2) ?? []).map((dim) => {
          const size = dim.int(1)
          return size > 0 ? size : undefined
        }),
      },
    ]),
  )
}
