// Writes a trained family: one folder a submodel (tfjs layers format and ddnn.json), and the whole model as
// a list of those folders, so that weights are stored once.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultOrientation, type Orientation } from '../../domain/orientation.ts'
import { DdnnError } from '../../errors.ts'
import type { SubmodelManifest } from '../../model/manifest.ts'
import { multiplyAdds } from '../../model/multiply-adds.ts'
import type { Family, Submodel } from '../../model/networks/network.ts'
import { modelFiles } from '../../model/weights.ts'
import {
  openPartial,
  partialOf,
  rounded,
  swapIn,
  writeManifestFile,
  writeWhole,
} from './family-folders.ts'

/** What the manifests say beyond the weights. */
export interface FamilyFacts {
  readonly version: string
  readonly labels: readonly string[]
  readonly height: number
  readonly width: number
  /** Of photos that are stored turned; `defaultOrientation` where undefined. */
  readonly orientation?: Orientation | undefined
  readonly trainingData: { readonly hash: string; readonly samples: number }
  /** Of each exit, in order; no threshold on the last. */
  readonly exits: readonly {
    readonly temperature: number
    readonly threshold: number | undefined
    readonly accuracy: number
  }[]
}

/**
 * Writes OUTPUT/NAME of each submodel and of the whole model; a folder is replaced as a whole, never in part.
 * Returns the family's hash: over labels, training data, structure and weights.
 * @throws DDNN_OUTPUT_FAILED when a folder cannot be written.
 */
export async function saveFamily(
  family: Family,
  facts: FamilyFacts,
  output: string,
): Promise<string> {
  const { submodels } = family
  const folders = submodels.map(({ name }) => join(output, name))
  try {
    const hash = createHash('sha256')
    hash.update(JSON.stringify([facts.labels, facts.trainingData.hash]))
    for (const [i, { model }] of submodels.entries()) {
      const partial = await openPartial(folders[i] as string)
      await model.save(modelFiles(partial))
      for (const file of (await readdir(partial)).sort()) {
        hash.update(await readFile(join(partial, file)))
      }
    }
    const familyHash = hash.digest('hex').slice(0, 16)
    for (const [i, manifest] of toManifests(submodels, facts, familyHash).entries()) {
      await writeManifestFile(partialOf(folders[i] as string), manifest)
    }
    for (const folder of folders) await swapIn(folder)

    const names = submodels.map(({ name }) => name)
    await writeWhole(output, family.wholeName, names)
    return familyHash
  } catch (cause) {
    throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write models to '${output}'`, {
      cause,
      hint: 'Check that the folder can be written and the disk is not full',
    })
  }
}

function toManifests(
  submodels: readonly Submodel[],
  facts: FamilyFacts,
  family: string,
): SubmodelManifest[] {
  const { height, width, orientation = defaultOrientation } = facts
  let firstExit = 0
  let input: readonly number[] = [height, width, 3]
  return submodels.map(({ name, model, features, exitCount }, index) => {
    const exits = facts.exits.slice(firstExit, firstExit + exitCount)
    const manifest: SubmodelManifest = {
      format: 1,
      family,
      version: facts.version,
      name,
      place: { index, count: submodels.length },
      input: [...input],
      features: features === null ? null : [...features],
      exits: exits.map(({ temperature, threshold, accuracy }, i) => ({
        index: firstExit + i,
        gives: 'logits' as const,
        temperature: rounded(temperature),
        ...(threshold === undefined ? {} : { threshold: rounded(threshold) }),
        accuracy: rounded(accuracy),
      })),
      multiplyAdds: multiplyAdds(model),
      labels: [...facts.labels],
      preprocessing: { height, width, scale: 1 / 255, orientation },
      trainingData: { ...facts.trainingData },
    }
    firstExit += exitCount
    input = features ?? []
    return manifest
  })
}
