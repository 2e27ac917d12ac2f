// TensorFlow SavedModel folders: whether they are whole, and what Keras says of their outputs. The
// graph itself is TensorFlow's to read.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ModelError } from '../errors.ts'
import { freeName } from './free-name.ts'
import { ProtoMessage } from './proto-message.ts'

export const savedModelFile = 'saved_model.pb'

/** Where Keras 2 from TensorFlow 2.5 on writes what earlier ones wrote into saved_model.pb. */
const kerasFile = 'keras_metadata.pb'

const variablesIndex = join('variables', 'variables.index')

/**
 * Checks that the files of a SavedModel are there and not empty, without loading it.
 * @throws DDNN_MODEL_DAMAGED, naming the file.
 */
export async function checkSavedModel(folder: string): Promise<void> {
  const file = join(folder, savedModelFile)
  const graph = await readFile(file)
  if (graph.length === 0) throw damaged(`a model in '${file}', got 0 bytes`)
  assertNoPointer(file, graph)
  // A graph without variables has them frozen in it, and needs no further file.
  if (graph.includes('VarHandleOp')) await checkVariables(folder)
}

async function checkVariables(folder: string): Promise<void> {
  const index = join(folder, variablesIndex)
  const bytes = await readFile(index).catch((cause: unknown) => {
    throw damaged(`variables in '${index}', got no file`, cause)
  })
  if (bytes.length === 0) throw damaged(`variables in '${index}', got 0 bytes`)
  assertNoPointer(index, bytes)
  const names = await readdir(join(folder, 'variables'))
  // variables.data-00000-of-00002: each says how many there are.
  const shards = names.flatMap((name) => /^variables\.data-\d{5}-of-(\d{5})$/.exec(name)?.[1] ?? [])
  const count = Math.max(1, ...shards.map(Number))
  for (let k = 0; k < count; k++) {
    const shard = `variables.data-${pad(k)}-of-${pad(count)}`
    const file = join(folder, 'variables', shard)
    if (!names.includes(shard)) throw damaged(`variables in '${file}', got no file`)
    if ((await stat(file)).size < 1024) assertNoPointer(file, await readFile(file))
  }
}

function pad(value: number): string {
  return String(value).padStart(5, '0')
}

/** Large files of a repository that was cloned without Git LFS are three lines of text. */
function assertNoPointer(file: string, bytes: Buffer): void {
  if (!bytes.subarray(0, 40).toString('latin1').startsWith('version https://git-lfs')) return
  throw new ModelError('DDNN_MODEL_DAMAGED', `Expected '${file}' whole, got a Git LFS pointer`, {
    hint: 'Fetch the file itself: `git lfs pull` in its repository',
  })
}

function damaged(what: string, cause?: unknown): ModelError {
  return new ModelError('DDNN_MODEL_DAMAGED', `Expected ${what}`, {
    cause,
    hint: 'Copy the whole folder again: saved_model.pb and variables/',
  })
}

const nodeKey = z.tuple([z.string()]).rest(z.unknown())
const kerasModel = z.looseObject({
  config: z.looseObject({ output_layers: z.union([z.array(nodeKey), nodeKey]) }),
})

/**
 * Names of a Keras 2 network's outputs in the order of the network. Its signature cannot tell them: it
 * is a map, and its tensors are numbered by the alphabet. Undefined where the folder does not say: Keras
 * 3 numbers its outputs instead, and a network of the user's own class has no list of layers.
 */
export async function readKerasOutputs(folder: string): Promise<readonly string[] | undefined> {
  try {
    const text =
      (await readMetadata(folder)) ??
      legacyMetadata(await readFile(join(folder, savedModelFile))) ??
      ''
    const { output_layers: layers } = kerasModel.parse(JSON.parse(text)).config
    const keys = Array.isArray(layers[0]) ? (layers as [string][]) : [layers as [string]]
    return unique(keys.map(([layer]) => layer))
  } catch {
    // Not of Keras, or of a form that is not known: nothing is said, and the engine asks for a manifest.
    return undefined
  }
}

/** SavedMetadata.nodes = 1; of a node: node_path = 3, metadata = 5 (keras/protobuf/saved_metadata.proto). */
async function readMetadata(folder: string): Promise<string | undefined> {
  const bytes = await readFile(join(folder, kerasFile)).catch(() => undefined)
  if (bytes === undefined) return undefined
  return new ProtoMessage(bytes)
    .messages(1)
    .find((node) => node.text(3) === 'root')
    ?.text(5)
}

/**
 * TensorFlow 2.0 to 2.4: SavedModel.meta_graphs = 2, .object_graph_def = 7, its first node (1) is the
 * network, .user_object = 4, .metadata = 3 (tensorflow/core/protobuf/saved_object_graph.proto).
 */
function legacyMetadata(savedModel: Buffer): string | undefined {
  const objects = new ProtoMessage(savedModel).messages(2)[0]?.message(7)
  return objects?.messages(1)[0]?.message(4)?.text(3)
}

/** A layer with two outputs is named twice; Keras numbers the second one. */
function unique(names: readonly string[]): string[] {
  const taken: string[] = []
  for (const name of names) taken.push(freeName(name, (each) => taken.includes(each)))
  return taken
}
