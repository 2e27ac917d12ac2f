// Families as ONNX files, for Python, C++ and phones: a folder a submodel, with the manifest that it had.
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tierShape, wholeShape } from '../../domain/image-layout.ts'
import type { SubmodelSpec } from '../../domain/submodel.ts'
import { DdnnError } from '../../errors.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { reasonOf } from '../../files/unwritable.ts'
import {
  manifestFile,
  parseFolderManifest,
  type FolderManifest,
  type StagesManifest,
} from '../manifest.ts'
import { checkInput } from '../chain.ts'
import { writeCalibrationScores } from '../calibration-scores.ts'
import { compileLayers, type CompiledModel } from './compile-layers.ts'
import { arrangeOutputs, exportedInput } from './export-outputs.ts'
import {
  assertFree,
  channelsFirstFamily,
  exportedFile,
  planExport,
  type PlannedSubmodel,
} from './export-plan.ts'
import type { GraphTensor } from './proto.ts'
import { channelsToFront } from './value.ts'

type ExportLayout = 'nhwc' | 'nchw'

interface ExportOptions {
  /** Folder that the submodels' folders are written to; made where it is not there. */
  readonly output: string
  readonly layout: ExportLayout
  /** Write over an ONNX file of another family. */
  readonly isForced: boolean
  readonly producer: { readonly name: string; readonly version: string }
}

export type Exported =
  | {
      readonly folder: string
      readonly file: string
      readonly bytes: number
      readonly input: GraphTensor
      readonly outputs: readonly GraphTensor[]
    }
  | { readonly folder: string; readonly stages: readonly string[] }

/**
 * Writes OUTPUT/NAME/model.onnx and ddnn.json of each submodel among the folders, and the lists of stages.
 * All is checked before the first is written.
 * @throws as `planExport`, `assertFree` and `compileLayers`; DDNN_OUTPUT_FAILED.
 */
export async function exportModels(
  paths: readonly string[],
  options: ExportOptions,
): Promise<readonly Exported[]> {
  const plan = await planExport(paths, options.output)
  await assertFree(plan, options.isForced)
  const exported: Exported[] = []
  for (const planned of plan.submodels) {
    const manifest = manifestFor(planned, options.layout)
    const model = await compile(planned.spec, manifest, options)
    await write(planned.target, exportedFile, model.bytes)
    if (manifest !== undefined) await writeManifest(planned.target, manifest)
    const { calibration } = planned.spec
    if (manifest !== undefined && calibration !== undefined) {
      await writeCalibrationScores(planned.target, { ...calibration, family: manifest.family })
    }
    exported.push({
      folder: planned.target,
      file: join(planned.target, exportedFile),
      bytes: model.bytes.byteLength,
      input: model.input,
      outputs: model.outputs,
    })
  }
  for (const { target, manifest } of plan.lists) {
    await writeManifest(target, manifest)
    exported.push({ folder: target, stages: manifest.stages })
  }
  return exported
}

/** @throws DDNN_MODEL_DAMAGED when no tier would take it, since its manifest says another input. */
async function compile(
  spec: SubmodelSpec,
  manifest: FolderManifest | undefined,
  { layout, producer }: ExportOptions,
): Promise<CompiledModel> {
  const model = await compileLayers(spec.folder, {
    fill: (shape) => wholeShape(spec, shape),
    layout,
    inputName: exportedInput,
    arrange: (outputs) => arrangeOutputs(spec, outputs),
    producer,
    metadata: metadataOf(manifest, layout),
  })
  const { shape } = model.input
  const own = layout === 'nchw' && shape.length > 1 ? [...shape.slice(1), shape[0] ?? 0] : shape
  checkInput(spec, tierShape(spec, own))
  return model
}

/**
 * The manifest of the exported folder: that of the source, but for the order of the outputs, which the file
 * tells. Channels first, shapes follow; but the first submodel's input stays, as ddnn turns images itself.
 */
function manifestFor(
  { manifest }: PlannedSubmodel,
  layout: ExportLayout,
): FolderManifest | undefined {
  if (manifest === undefined) return undefined
  const rest = { ...manifest }
  delete rest.outputs
  if (layout === 'nhwc') return rest
  const { family, input, features, place } = rest
  const isFirst = (place?.index ?? 0) === 0
  return {
    ...rest,
    ...(family === undefined ? {} : { family: channelsFirstFamily(family) }),
    ...(input === undefined || isFirst ? {} : { input: channelsToFront(input) }),
    ...(features === undefined || features === null ? {} : { features: channelsToFront(features) }),
  }
}

/** What the file says of itself, where its manifest is not at hand; values that are no text are JSON. */
function metadataOf(
  manifest: FolderManifest | undefined,
  layout: ExportLayout,
): Readonly<Record<string, string>> {
  const { family, version, name, place, labels, exits, preprocessing } = manifest ?? {}
  const all = { layout, family, version, name, place, labels, exits, preprocessing }
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

async function writeManifest(
  folder: string,
  manifest: FolderManifest | StagesManifest,
): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  parseFolderManifest(text, join(folder, manifestFile))
  await write(folder, manifestFile, text)
}

/** Renamed into place, so that a reader never sees half of it. */
async function write(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const file = join(folder, name)
  try {
    await makeFolder(folder)
    await writeFile(`${file}.part`, content)
    await rename(`${file}.part`, file)
  } catch (cause) {
    await rm(`${file}.part`, { force: true }).catch(() => undefined)
    throw new DdnnError(
      'DDNN_OUTPUT_FAILED',
      `Expected to write '${file}', got ${reasonOf(cause)}`,
      {
        hint: 'Free space on the disk, or pass another --output',
        cause,
      },
    )
  }
}
