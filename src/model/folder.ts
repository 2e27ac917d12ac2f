// A folder given to --models, read into what ddnn knows of its submodels. Nothing is loaded into a
// runtime here: what is missing or cut short is named before any engine starts.
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { toLabel } from '../domain/labels.ts'
import type { ModelFormat, Preprocessing, SubmodelSpec } from '../domain/submodel.ts'
import { ModelError } from '../errors.ts'
import { readCalibrationScores } from './calibration-scores.ts'
import { fixedTimeFile, readFixedTime } from './fixed-time.ts'
import { isStagesManifest, manifestFile, type FolderManifest } from './manifest.ts'
import { readManifest } from './read-manifest.ts'
import { checkOnnxFile, onnxFilesIn } from './onnx-file.ts'
import { hintForFile } from './other-files.ts'
import { checkSavedModel, savedModelFile } from './saved-model.ts'
import type { ModelJson } from './model-json.ts'
import { checkWeightFiles, modelFile, readModelJson } from './weights.ts'

/**
 * The submodels of a folder, in the order they run: one, or several where its manifest lists stages.
 * Without a manifest everything but name, folder and format is undefined.
 * @throws DDNN_MODEL_MISSING when there is no such folder, or no model in it.
 * @throws DDNN_MODEL_DAMAGED when the manifest is wrong, or weights are missing or cut short.
 */
export async function readModelFolder(path: string): Promise<readonly SubmodelSpec[]> {
  const folder = resolve(path)
  await assertFolder(folder)
  const manifest = await readManifest(folder)
  if (manifest === undefined || !isStagesManifest(manifest)) {
    return [await readSubmodel(folder, manifest)]
  }
  const specs: SubmodelSpec[] = []
  for (const stage of manifest.stages) specs.push(await readStage(folder, stage))
  return specs
}

async function readStage(listFolder: string, stage: string): Promise<SubmodelSpec> {
  const folder = resolve(listFolder, stage)
  await assertFolder(folder, join(listFolder, manifestFile))
  const manifest = await readManifest(folder)
  if (manifest !== undefined && isStagesManifest(manifest)) {
    // One level only: a list that names lists could name itself.
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected stage '${stage}' of '${join(listFolder, manifestFile)}' to be a submodel, got a list of stages`,
      { hint: `Name the stages of '${folder}' themselves` },
    )
  }
  return readSubmodel(folder, manifest)
}

async function readSubmodel(
  folder: string,
  manifest: FolderManifest | undefined,
): Promise<SubmodelSpec> {
  const format = await readFormat(folder)
  const calibration = await readCalibrationScores(folder)
  return {
    name: basename(folder),
    folder,
    format,
    family: manifest?.family,
    version: manifest?.version,
    place: manifest?.place,
    input: manifest?.input,
    features: manifest?.features,
    featureCodec: manifest?.featureCodec,
    outputs: manifest?.outputs,
    ...(manifest?.layout === undefined ? {} : { layout: manifest.layout }),
    exits: manifest?.exits?.map(
      ({ index, gives, temperature = 1, threshold, criterion, accuracy, expected, ...known }) => ({
        index,
        gives,
        temperature,
        threshold,
        ...(criterion === undefined ? {} : { criterion }),
        ...(known.learned === undefined ? {} : { learned: known.learned }),
        ...(known.memory === undefined ? {} : { memory: known.memory }),
        ...(known.remembered === undefined ? {} : { isRemembered: known.remembered }),
        accuracy,
        ...(expected === undefined ? {} : { expected }),
      }),
    ),
    multiplyAdds: manifest?.multiplyAdds,
    labels: manifest?.labels?.map(toLabel),
    preprocessing: preprocessingOf(manifest),
    ...(calibration === undefined ? {} : { calibration }),
    ...(manifest?.calibration === undefined
      ? {}
      : {
          calibratedOn: [manifest.calibration.data.hash, ...(manifest.calibration.data.sets ?? [])],
        }),
    ...(manifest?.calibration?.path === undefined ? {} : { path: manifest.calibration.path }),
  }
}

function preprocessingOf(manifest: FolderManifest | undefined): Preprocessing | undefined {
  if (manifest?.preprocessing === undefined) return undefined
  const { height, width, scale, mean, std, orientation } = manifest.preprocessing
  return {
    height,
    width,
    scale,
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
    ...(orientation === undefined ? {} : { orientation }),
  }
}

/** Recognises the model by its files, and checks that they are whole. */
async function readFormat(folder: string): Promise<ModelFormat> {
  const files = await readdir(folder)
  if (files.includes(modelFile)) {
    const json = await readModelJson(folder)
    await checkWeightFiles(folder, json)
    return formatOf(json, join(folder, modelFile))
  }
  if (files.includes(savedModelFile)) {
    await checkSavedModel(folder)
    return 'saved-model'
  }
  if (onnxFilesIn(files).length > 0) {
    await checkOnnxFile(folder)
    return 'onnx'
  }
  if (files.includes(fixedTimeFile)) {
    await readFixedTime(folder)
    return 'fixed-time'
  }
  const found = files.length === 0 ? 'an empty folder' : listOf(files)
  const inside = await modelFoldersIn(folder)
  const hints = files.map(hintForFile).filter((hint) => hint !== undefined)
  throw new ModelError(
    'DDNN_MODEL_MISSING',
    `Expected ${modelFile} (tfjs), ${savedModelFile} (TensorFlow) or one .onnx file in '${folder}', got ${found}`,
    {
      hint:
        inside.length > 0 ? `It holds model folders: ${listOf(inside)}` : (hints[0] ?? hintTrain),
    },
  )
}

/** `format` says it; files of old tfjs converters lack it and show it by their topology. */
function formatOf(json: ModelJson, file: string): ModelFormat {
  if (json.format === 'layers-model') return 'tfjs-layers'
  if (json.format === 'graph-model') return 'tfjs-graph'
  if ('model_config' in json.modelTopology) return 'tfjs-layers'
  if ('node' in json.modelTopology) return 'tfjs-graph'
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected format of '${file}' to be layers-model or graph-model, got "${json.format ?? ''}"`,
  )
}

async function assertFolder(folder: string, namedBy?: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined)
  if (stats?.isDirectory() === true) return
  const got = stats === undefined ? 'nothing there' : 'a file'
  const by = namedBy === undefined ? '' : `, which '${namedBy}' names`
  throw new ModelError(
    'DDNN_MODEL_MISSING',
    `Expected '${folder}' to be a model folder${by}, got ${got}`,
    { hint: await hintNearby(folder, stats !== undefined) },
  )
}

const hintTrain = 'Train a model with `ddnn train`, or pass a folder of saved_models'

/** Names the model folders that stand beside the one asked for, or further up where that is missing. */
async function hintNearby(folder: string, isFile: boolean): Promise<string> {
  const ofFile = isFile ? hintForFile(folder) : undefined
  if (ofFile !== undefined) return ofFile
  if (isFile && (await isModelFolder(dirname(folder))))
    return `Pass its folder: '${dirname(folder)}'`
  for (let parent = dirname(folder); parent !== dirname(parent); parent = dirname(parent)) {
    const stats = await stat(parent).catch(() => undefined)
    if (stats?.isDirectory() !== true) continue
    const near = await modelFoldersIn(parent)
    const shown = near.map((name) => relative(process.cwd(), join(parent, name)) || '.')
    return shown.length > 0 ? `Model folders near it: ${listOf(shown)}` : hintTrain
  }
  return hintTrain
}

/** Names of the folders directly inside that hold a model or a list of stages, sorted. */
async function modelFoldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const names: string[] = []
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name === 'node_modules') continue
    if (await isModelFolder(join(folder, entry.name))) names.push(entry.name)
  }
  return names.sort()
}

/** By the names of its files. */
async function isModelFolder(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch((): string[] => [])
  const known = [modelFile, savedModelFile, fixedTimeFile, manifestFile]
  return known.some((file) => files.includes(file)) || onnxFilesIn(files).length > 0
}

function listOf(names: readonly string[]): string {
  const shown = [...names].sort().slice(0, 8).join(', ')
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown
}
