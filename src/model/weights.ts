// tfjs models as files: model.json (topology and a list of weights) and the binary files it names.
// One handler reads and writes both for either runtime, since tfjs's own file handler comes with
// tfjs-node only, and does not say which file is cut short.
import type { io } from '@tensorflow/tfjs-core'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.ts'
import { makeFolder } from '../files/make-folder.ts'
import { assertFiniteWeight } from './finite-weights.ts'
import { toFloat16 } from './float16.ts'
import { normalizeLayers } from './keras/normalize-layers.ts'
import { modelJson, type ModelJson } from './model-json.ts'
import { bytesPerValue, splitWeights } from './stored-weights.ts'

export const modelFile = 'model.json'

/**
 * Reads and checks the model.json of a folder. Layers models are in tfjs' own form, whoever wrote them.
 * @throws DDNN_MODEL_MISSING when there is none; DDNN_MODEL_DAMAGED when it is not one of tfjs.
 */
export async function readModelJson(folder: string): Promise<ModelJson> {
  const file = join(folder, modelFile)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ModelError('DDNN_MODEL_MISSING', `Expected a model in '${file}', got no file`, {
      cause,
    })
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw damaged(
      `Expected JSON in '${file}', got ${text.length} characters that do not parse`,
      cause,
    )
  }
  const parsed = modelJson.safeParse(json)
  if (parsed.success) {
    return isLayers(parsed.data) ? normalizeLayers(parsed.data, folder) : parsed.data
  }
  const problems = parsed.error.issues.map((i) => `${i.path.join('.') || 'file'}: ${i.message}`)
  throw damaged(`Expected a tfjs model in '${file}': ${problems.slice(0, 5).join('; ')}`)
}

function isLayers({ format, modelTopology }: ModelJson): boolean {
  return format === 'layers-model' || 'model_config' in modelTopology
}

/**
 * Checks that every weights file of a model is there and as long as the model says, without reading it.
 * @throws DDNN_MODEL_DAMAGED, naming the file and the bytes expected and got.
 */
export async function checkWeightFiles(folder: string, json: ModelJson): Promise<void> {
  for (const group of json.weightsManifest) {
    let gotBytes = 0
    for (const path of group.paths) {
      const file = join(folder, path)
      const stats = await stat(file).catch((cause: unknown) => {
        throw damaged(`Expected weights in '${file}', got no file`, cause)
      })
      gotBytes += stats.size
    }
    assertBytes(folder, group, gotBytes)
  }
}

function assertBytes(folder: string, group: WeightGroup, gotBytes: number): void {
  let expectedBytes = 0
  for (const { shape, dtype, quantization } of group.weights) {
    const bytes = bytesPerValue[quantization?.dtype ?? dtype]
    // Weights that are strings carry their own lengths: such a group is left to the runtime.
    if (bytes === undefined) return
    expectedBytes += shape.reduce((product, axis) => product * axis, 1) * bytes
  }
  if (gotBytes === expectedBytes) return
  const files = group.paths.map((path) => `'${join(folder, path)}'`).join(' + ')
  throw damaged(`Expected ${expectedBytes} bytes of weights in ${files}, got ${gotBytes}`)
}

function damaged(message: string, cause?: unknown): ModelError {
  return new ModelError('DDNN_MODEL_DAMAGED', message, {
    cause,
    hint: 'Copy the model folder again, or train it again with `ddnn train`',
  })
}

interface ModelFilesOptions {
  /** Halves the file; logits move by some 1e-3 of their size. float32 unless given. */
  readonly weights?: 'float32' | 'float16'
}

/**
 * A tfjs IOHandler over a folder: `tf.loadLayersModel(modelFiles(folder))`, `tf.loadGraphModel(...)`,
 * `model.save(modelFiles(folder))`. Saving writes model.json last, so a folder that has it is whole.
 */
export function modelFiles(folder: string, options: ModelFilesOptions = {}): io.IOHandler {
  return {
    load: () => loadModel(folder),
    save: (artifacts) => saveModel(folder, artifacts, options.weights ?? 'float32'),
  }
}

async function loadModel(folder: string): Promise<io.ModelArtifacts> {
  const json = await readModelJson(folder)
  const whole = joinBytes((await readGroups(folder, json)).map(({ bytes }) => bytes))
  const { modelTopology, weightsManifest, ...rest } = json
  return {
    ...rest,
    modelTopology,
    weightSpecs: weightsManifest.flatMap((g) => g.weights) as unknown as io.WeightsManifestEntry[],
    weightData: bufferOf(whole),
  } as io.ModelArtifacts
}

/** Without a copy of one: weights may be gigabytes. */
function joinBytes(parts: readonly Buffer[]): Buffer {
  const [first] = parts
  return first !== undefined && parts.length === 1 ? first : Buffer.concat(parts)
}

/** Short ones lie in a pool of Node's, among others. */
function bufferOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBufferLike {
  if (byteLength === buffer.byteLength) return buffer
  return buffer.slice(byteOffset, byteOffset + byteLength)
}

type WeightGroup = ModelJson['weightsManifest'][number]

/**
 * The weights of a model: each list of them with the bytes of all its files.
 * @throws DDNN_MODEL_DAMAGED when a file is missing, cut short, or holds weights that are no numbers.
 */
export async function readGroups(
  folder: string,
  json: ModelJson,
): Promise<readonly { readonly specs: WeightGroup['weights']; readonly bytes: Buffer }[]> {
  await checkWeightFiles(folder, json)
  const isGraph = !isLayers(json)
  const groups = []
  for (const { paths, weights: specs } of json.weightsManifest) {
    const parts: Buffer[] = []
    for (const path of paths) parts.push(await readFile(join(folder, path)))
    const bytes = joinBytes(parts)
    for (const { spec, dtype, start, bytes: of } of splitWeights(specs, bytes)) {
      const fileAt = (byte: number) => join(folder, paths[partAt(parts, start + byte)] ?? '')
      const { name, shape } = spec
      assertFiniteWeight({ fileAt, name, dtype, shape, bytes: of }, isGraph)
    }
    groups.push({ specs, bytes })
  }
  return groups
}

/** Which of these one after another has this byte. */
function partAt(parts: readonly Buffer[], byte: number): number {
  let end = 0
  return parts.findIndex(({ length }) => byte < (end += length))
}

async function saveModel(
  folder: string,
  artifacts: io.ModelArtifacts,
  storedAs: 'float32' | 'float16',
): Promise<io.SaveResult> {
  const { weightSpecs = [], weightData, modelTopology, format, generatedBy, signature } = artifacts
  const buffers = weightData === undefined ? [] : [weightData].flat()
  const data = Buffer.concat(buffers.map((buffer) => new Uint8Array(buffer)))
  const stored = storedAs === 'float32' ? { weightSpecs, data } : toFloat16(weightSpecs, data)
  const json = {
    format: format ?? 'layers-model',
    generatedBy,
    convertedBy: null,
    ...(signature === undefined ? {} : { signature }),
    modelTopology,
    weightsManifest: [{ paths: ['weights.bin'], weights: stored.weightSpecs }],
  }
  await makeFolder(folder)
  await writeFile(join(folder, 'weights.bin'), stored.data)
  const file = join(folder, modelFile)
  await writeFile(`${file}.part`, JSON.stringify(json) + '\n')
  await rename(`${file}.part`, file)
  return {
    modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
  }
}
