// Writes a trained family: one folder a submodel (tfjs layers format and ddnn.json), and the whole model as
// a list of those folders, so that weights are stored once.
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { io } from '@tensorflow/tfjs-core'
import { DdnnError } from '../errors.ts'
import { manifestFile, type StagesManifest, type SubmodelManifest } from '../model/manifest.ts'
import type { Family, LayersModel, Tf } from '../model/networks/network.ts'

/** What the manifests say beyond the weights. */
export interface FamilyFacts {
  readonly version: string
  readonly labels: readonly string[]
  readonly height: number
  readonly width: number
  readonly trainingData: { readonly hash: string; readonly samples: number }
  /** Of each exit, in order; no threshold on the last. */
  readonly exits: readonly {
    readonly temperature: number
    readonly threshold: number | undefined
    readonly accuracy: number
  }[]
}

interface SubmodelFiles {
  readonly topology: string
  readonly weights: Uint8Array
}

/**
 * Writes OUTPUT/NAME of each submodel and OUTPUT/model, each folder replaced as a whole. Returns the family's hash.
 * @throws DDNN_OUTPUT_FAILED when a folder cannot be written.
 */
export async function saveFamily(
  tf: Tf,
  family: Family,
  facts: FamilyFacts,
  output: string,
): Promise<string> {
  const files: SubmodelFiles[] = []
  for (const { model } of family.submodels) files.push(await toFiles(tf, model))
  const hash = createHash('sha256').update(JSON.stringify([facts.labels, facts.trainingData.hash]))
  for (const { topology, weights } of files) hash.update(topology).update(weights)
  const familyHash = hash.digest('hex').slice(0, 16)

  let exit = 0
  let input: readonly number[] = [facts.height, facts.width, 3]
  try {
    for (const [index, submodel] of family.submodels.entries()) {
      const exits = facts.exits.slice(exit, exit + submodel.exitCount)
      const manifest: SubmodelManifest = {
        format: 1,
        family: familyHash,
        version: facts.version,
        name: submodel.name,
        place: { index, count: family.submodels.length },
        input: [...input],
        features: submodel.features === null ? null : [...submodel.features],
        exits: exits.map(({ temperature, threshold, accuracy }, i) => ({
          index: exit + i,
          gives: 'logits' as const,
          temperature: round(temperature),
          ...(threshold === undefined ? {} : { threshold: round(threshold) }),
          accuracy: round(accuracy),
        })),
        labels: [...facts.labels],
        preprocessing: { height: facts.height, width: facts.width, scale: 1 / 255 },
        trainingData: { ...facts.trainingData },
      }
      const { topology, weights } = files[index] as SubmodelFiles
      await replaceFolder(join(output, submodel.name), {
        'model.json': topology,
        'weights.bin': weights,
        [manifestFile]: toJson(manifest),
      })
      exit += submodel.exitCount
      input = submodel.features ?? []
    }
    const stages = family.submodels.map(({ name }) => `../${name}`)
    const whole: StagesManifest = { format: 1, stages }
    await replaceFolder(join(output, 'model'), { [manifestFile]: toJson(whole) })
  } catch (cause) {
    throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write models to '${output}'`, { cause })
  }
  return familyHash
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** model.json and its weights, as tfjs's own file handler would write them, but one weights file. */
async function toFiles(tf: Tf, model: LayersModel): Promise<SubmodelFiles> {
  let artifacts: io.ModelArtifacts | undefined
  await model.save(
    tf.io.withSaveHandler((given) => {
      artifacts = given
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
      })
    }),
  )
  const { modelTopology, weightSpecs, weightData } = artifacts as io.ModelArtifacts
  const parts = Array.isArray(weightData) ? weightData : [weightData as ArrayBuffer]
  const topology = {
    format: 'layers-model',
    generatedBy: artifacts?.generatedBy,
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
  }
  return { topology: toJson(topology), weights: Buffer.concat(parts.map((p) => new Uint8Array(p))) }
}

/** Writes a folder beside its place and swaps it in, so that a kill never leaves half of one. */
async function replaceFolder(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const partial = `${folder}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  for (const [name, content] of Object.entries(files)) await writeFile(join(partial, name), content)
  await rm(folder, { recursive: true, force: true })
  await rename(partial, folder)
}
