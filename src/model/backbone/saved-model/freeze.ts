// A SavedModel as the graph of a tfjs graph model, without Python: functions written out, variables read
// from the checkpoint and made constants. Everything else is left as TensorFlow has it.
import { join } from 'node:path'
import { ModelError } from '../../../errors.ts'
import { assertFiniteWeight } from '../../finite-weights.ts'
import {
  dtypeOf,
  nodeName,
  type GraphModelContent,
  type GraphWeight,
  type NodeJson,
} from '../graph/graph-json.ts'
import { replaceOperation } from '../graph/replace-operations.ts'
import { floatsOf } from '../only-one.ts'
import { attributeJson, constantOf, weightOf } from './attributes.ts'
import { withoutGroups } from './grouped-convolutions.ts'
import { inlineFunctions, type FlatGraph } from './inline-functions.ts'
import { readSavedModel, type ProtoNode, type SavedModelContent } from './read-saved-model.ts'
import { restoredKeys } from './restored-keys.ts'
import { shortNames } from './short-names.ts'
import { readTensorBundle, type BundleTensor } from './tensor-bundle.ts'

/**
 * The network of a SavedModel's signature.
 * @throws DDNN_MODEL_DAMAGED when the folder is not whole, or holds what cannot become a plain graph: branches
 * and loops, tables, text.
 */
export async function freezeSavedModel(folder: string): Promise<GraphModelContent> {
  const content = await readSavedModel(folder)
  assertPixels(folder, content)
  const flat = inlineFunctions(content)
  const byName = new Map(flat.nodes.map((node) => [node.name, node]))
  const outputs = [...content.outputs.values()].map(({ tensor, dtype }) => ({
    tensor: flat.resolve(tensor),
    dtype: dtypeOf(dtype),
  }))
  const reads = new Reads(folder, flat, byName)
  const tensors = [...new Set(floatsOf(outputs).map(({ tensor }) => tensor))]
  const needed = neededNodes(byName, tensors, reads)
  const short = shortNames(needed.map(({ name }) => name))
  const called = (tensor: string) => {
    const name = nodeName(reads.of(tensor))
    return `${short.get(name) ?? name}${reads.of(tensor).slice(name.length)}`
  }
  const weights = new Map<string, GraphWeight>()
  const nodes: NodeJson[] = []
  const channels = new Map<string, number>()
  for (const node of needed) {
    const name = called(node.name)
    channelsOf(node).forEach((count, i) => channels.set(i === 0 ? name : `${name}:${i}`, count))
    const weight = await weightFor(folder, node, name, reads)
    if (weight === undefined) {
      assertPlain(folder, node.op, name)
      const replacement = replaceOperation(nodeJson(content, node, called))
      nodes.push(...replacement.nodes)
      for (const each of replacement.weights) weights.set(each.spec.name, each)
    } else {
      nodes.push(constJson(name, weight))
      weights.set(name, weight)
    }
  }
  const inputs = [...content.inputs.values()].map(({ tensor, dtype, axes }) => ({
    name: called(nodeName(flat.resolve(tensor))),
    axes,
    dtype: dtypeOf(dtype),
  }))
  const plain = nodes.flatMap((node) => withoutGroups(node, weights, channels))
  const isUsed = new Set(plain.map(({ name }) => name))
  return {
    nodes: plain,
    library: undefined,
    weights,
    inputs: inputs.filter(({ name }) => isUsed.has(name)),
    outputs: [...new Set(tensors.map(called))].map((name) => ({ name })),
  }
}

/** Of each output of a node, the last axis as TensorFlow wrote it down; -1 where it is open. */
function channelsOf({ attributes }: ProtoNode): readonly number[] {
  const shapes = attributes.get('_output_shapes')?.message(1)?.messages(7) ?? []
  return shapes.map((shape) => shape.messages(2).at(-1)?.int(1) ?? -1)
}

/** @throws DDNN_MODEL_DAMAGED when it takes files or their names: TensorFlow's DataType 7 is a string. */
function assertPixels(folder: string, { inputs }: SavedModelContent): void {
  const [text] = [...inputs].find(([, { dtype }]) => dtype === 7) ?? []
  if (text === undefined) return
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${folder}' to take the pixels of an image, got '${text}', which is text: a file, or its name`,
    {
      hint: 'Export the network without what decodes images, with an input of [batch, height, width, 3]',
    },
  )
}

/** Reading a variable is the variable itself once it is a constant. */
class Reads {
  readonly #byName: ReadonlyMap<string, ProtoNode>
  readonly #keys: ReadonlyMap<string, string>
  readonly #folder: string
  #bundle: Promise<ReadonlyMap<string, BundleTensor>> | undefined

  constructor(folder: string, flat: FlatGraph, byName: ReadonlyMap<string, ProtoNode>) {
    this.#folder = folder
    this.#byName = byName
    this.#keys = restoredKeys(flat.nodes)
  }

  of(tensor: string): string {
    const node = this.#byName.get(nodeName(tensor))
    return node?.op === 'ReadVariableOp' ? this.of(node.inputs[0] ?? '') : tensor
  }

  /** @throws DDNN_MODEL_DAMAGED when the checkpoint does not have it. */
  async valueOf(variable: ProtoNode): Promise<BundleTensor> {
    this.#bundle ??= readTensorBundle(join(this.#folder, 'variables', 'variables'))
    const key = this.#keys.get(variable.name)
    const tensor = key === undefined ? undefined : (await this.#bundle).get(key)
    if (tensor !== undefined) return tensor
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected a value of variable '${variable.name}' in '${this.#folder}', got none`,
      { hint: 'Write it with Keras itself: model.export(FOLDER) in place of tf.saved_model.save' },
    )
  }
}

function neededNodes(
  byName: ReadonlyMap<string, ProtoNode>,
  outputs: readonly string[],
  reads: Reads,
): readonly ProtoNode[] {
  const needed = new Set<ProtoNode>()
  const open = outputs.map((name) => reads.of(name))
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = byName.get(nodeName(name))
    if (node === undefined || needed.has(node)) continue
    needed.add(node)
    for (const input of node.inputs) if (!input.startsWith('^')) open.push(reads.of(input))
  }
  return [...needed]
}

async function weightFor(
  folder: string,
  node: ProtoNode,
  name: string,
  reads: Reads,
): Promise<GraphWeight | undefined> {
  const weight = await readWeight(node, name, reads)
  if (weight !== undefined || !isValue(node)) return weight
  throw refused(folder, `'${node.name}', which holds no numbers`)
}

function isValue({ op }: ProtoNode): boolean {
  return op === 'Const' || op === 'VarHandleOp' || /^Variable(V2)?$/.test(op)
}

async function readWeight(
  node: ProtoNode,
  name: string,
  reads: Reads,
): Promise<GraphWeight | undefined> {
  if (node.op === 'Const') {
    const tensor = node.attributes.get('value')?.message(8)
    return tensor === undefined ? undefined : constantOf(name, tensor)
  }
  if (!isValue(node)) return undefined
  const { dtype, shape, bytes, file } = await reads.valueOf(node)
  assertFiniteWeight({ fileAt: () => file, name, dtype: dtypeOf(dtype), bytes }, true)
  return weightOf(name, dtype, shape, bytes)
}

/** What has an effect beside its outputs, or calls functions by a condition. */
const notPlain =
  /^(Stateless)?(If|While|Case)$|^(Switch|Merge|Enter|Exit|NextIteration|LoopCond)$|Table|PyFunc|Assign|^Resource|String|Decode|^ParseExample|^Print|Iterator|Dataset/

function assertPlain(folder: string, op: string, name: string): void {
  if (/^(Stateless|Parameterized)?(Random|Truncated|Multinomial)/.test(op)) {
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected '${folder}' to give the same for the same image, got ${op} ('${name}')`,
      {
        hint: 'It was exported with its augmentation layers (RandomFlip...): export the model without them',
      },
    )
  }
  if (notPlain.test(op)) throw refused(folder, `${op} ('${name}')`)
}

function refused(folder: string, got: string): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected a network of plain operations on numbers in '${folder}', got ${got}`,
    {
      hint: `Leave out what reads or writes text, or export it as ONNX: \`python -m tf2onnx.convert --saved-model ${folder} --output model.onnx\``,
    },
  )
}

/** With what the file leaves unsaid, since tfjs does not know it. */
function nodeJson(
  { operations }: SavedModelContent,
  node: ProtoNode,
  called: (tensor: string) => string,
): NodeJson {
  const said = [...(operations.get(node.op)?.defaults ?? []), ...node.attributes]
  const attr = said
    .filter(([name]) => !name.startsWith('_'))
    .map(([name, value]) => [name, attributeJson(value)] as const)
  const input = node.inputs.filter((name) => !name.startsWith('^')).map(called)
  return { name: called(node.name), op: node.op, input, attr: Object.fromEntries(attr) }
}

function constJson(name: string, { spec }: GraphWeight): NodeJson {
  const types: Readonly<Record<string, string>> = { float32: 'DT_FLOAT', bool: 'DT_BOOL' }
  return {
    name,
    op: 'Const',
    input: [],
    attr: { dtype: { type: types[spec.dtype] ?? 'DT_INT32' } },
  }
}
