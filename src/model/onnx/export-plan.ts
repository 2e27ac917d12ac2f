// What `ddnn export` is to write, found out and checked before anything is written: each submodel once,
// each list of stages, and no folder that holds something else.
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { SubmodelSpec } from '../../domain/submodel.ts'
import { ConfigError, ModelError } from '../../errors.ts'
import { readModelFolder } from '../folder.ts'
import {
  isStagesManifest,
  manifestFile,
  type FolderManifest,
  type StagesManifest,
} from '../manifest.ts'
import { readManifest } from '../read-manifest.ts'
import { isSameFolder } from '../networks/names.ts'
import { onnxFilesIn } from '../onnx-file.ts'
import { savedModelFile } from '../saved-model.ts'
import { modelFile, readModelJson } from '../weights.ts'
import { unknownLayerError, unknownLayers } from './unknown-layers.ts'

export const exportedFile = 'model.onnx'

/** Channels first, features fit no tier of the other layout: they are of a family of their own. */
export function channelsFirstFamily(family: string): string {
  return `${family}-nchw`
}

export interface PlannedSubmodel {
  readonly spec: SubmodelSpec
  /** As its folder has it; undefined where there is none. */
  readonly manifest: FolderManifest | undefined
  readonly target: string
}

/** A list of stages, to be written as one. */
interface PlannedList {
  readonly manifest: StagesManifest
  readonly target: string
}

interface ExportPlan {
  readonly submodels: readonly PlannedSubmodel[]
  readonly lists: readonly PlannedList[]
}

/**
 * Plans OUTPUT/NAME for each submodel and list of stages among the folders.
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED as `readModelFolder`.
 * @throws DDNN_CONFIG_INVALID when a model is none of tfjs layers, or two have one name.
 * @throws DDNN_ENGINE_UNAVAILABLE when a layer is not known.
 */
export async function planExport(paths: readonly string[], output: string): Promise<ExportPlan> {
  const submodels = new Map<string, PlannedSubmodel>()
  const lists = new Map<string, PlannedList>()
  for (const path of paths.map((given) => resolve(given))) {
    const specs = await readModelFolder(path)
    for (const spec of specs) {
      if (submodels.has(spec.folder)) continue
      await assertExportable(spec)
      const manifest = await readManifest(spec.folder)
      const target = join(output, spec.name)
      submodels.set(spec.folder, {
        spec,
        manifest: manifest === undefined || isStagesManifest(manifest) ? undefined : manifest,
        target,
      })
    }
    const manifest = await readManifest(path)
    if (manifest === undefined || !isStagesManifest(manifest)) continue
    const stages = specs.map(({ name }) => `../${name}`)
    lists.set(path, { manifest: { format: 1, stages }, target: join(output, basename(path)) })
  }
  const plan = { submodels: [...submodels.values()], lists: [...lists.values()] }
  assertNames(plan)
  return plan
}

async function assertExportable(spec: SubmodelSpec): Promise<void> {
  const { folder, format } = spec
  if (format === 'tfjs-layers') {
    const [unknown] = unknownLayers(await readModelJson(folder), folder)
    if (unknown === undefined) return
    const { message } = unknownLayerError(folder, unknown)
    throw new ModelError('DDNN_ENGINE_UNAVAILABLE', message, { hint: hintElsewhere })
  }
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected tfjs layers models to export, got format ${format} in '${folder}'`,
    { hint: nextStep(spec) },
  )
}

const hintElsewhere = 'Export the network from where it was trained: see docs/onnx.md'

/** Both commands were run with tf2onnx 1.17; its reader of tfjs asks for the older packages. */
function nextStep({ folder, format }: SubmodelSpec): string {
  const convert = (packages: string, source: string) =>
    `Convert it in Python: pip install tf2onnx ${packages}; python -m tf2onnx.convert ${source} --output ${exportedFile} --opset 17`
  switch (format) {
    case 'fixed-time':
      return 'It is a stand-in for load tests and holds no network'
    case 'onnx':
      return 'It is an ONNX file already: copy its folder'
    case 'saved-model':
      return convert('tensorflow', `--saved-model '${folder}'`)
    case 'tfjs-graph':
      return convert("'tensorflow<2.20' 'numpy<2'", `--tfjs '${join(folder, modelFile)}'`)
    case 'tfjs-layers':
      return hintElsewhere
  }
}

function assertNames({ submodels, lists }: ExportPlan): void {
  const targets = [...submodels, ...lists].map(({ target }) => target)
  const twice = targets.find((target, i) =>
    targets.slice(0, i).some((other) => isSameFolder(other, target)),
  )
  if (twice === undefined) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --models with names of their own, got '${basename(twice)}' twice`,
    { hint: 'Export them one by one, each family to an --output of its own' },
  )
}

/**
 * Checks that nothing of another's is written over. What an earlier export of the same family wrote may
 * be; with `isForced` the ONNX file and manifest of any.
 * @throws DDNN_CONFIG_INVALID, naming the folder and what is in it.
 */
export async function assertFree(plan: ExportPlan, isForced: boolean): Promise<void> {
  for (const { target, manifest } of [...plan.submodels, ...plan.lists]) {
    const files = await readdir(target).catch(() => [])
    const foreign = files.filter(
      (file) =>
        file === modelFile ||
        file === savedModelFile ||
        onnxFilesIn([file]).some((name) => name !== exportedFile),
    )
    if (foreign.length > 0) throw taken(target, foreign, 'Pass another --output')
    const own = files.filter((file) => file === exportedFile || file === manifestFile)
    if (own.length === 0 || isForced) continue
    const found = await readManifest(target).catch(() => undefined)
    if (isSame(found, manifest)) continue
    throw taken(target, own, 'Pass another --output, or --force to write over it')
  }
}

function isSame(
  found: FolderManifest | StagesManifest | undefined,
  manifest: FolderManifest | StagesManifest | undefined,
): boolean {
  if (found === undefined || manifest === undefined) return false
  if (isStagesManifest(found) || isStagesManifest(manifest)) {
    return JSON.stringify(found) === JSON.stringify(manifest)
  }
  const { family, name } = manifest
  if (family === undefined || found.name !== name) return false
  return found.family === family || found.family === channelsFirstFamily(family)
}

function taken(target: string, files: readonly string[], hint: string): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected '${target}' to be free, got another model (${files.join(', ')})`,
    { hint },
  )
}
