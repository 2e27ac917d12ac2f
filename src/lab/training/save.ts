// Writes a trained family: one folder a submodel (tfjs layers format and ddnn.json), and the whole model as
// a list of those folders, so that weights are stored once.
import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DdnnError } from '../../errors.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { manifestFile, type StagesManifest, type SubmodelManifest } from '../../model/manifest.ts'
import { multiplyAdds } from '../../model/multiply-adds.ts'
import type { Family, Submodel } from '../../model/networks/network.ts'
import { modelFiles } from '../../model/weights.ts'

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
      const partial = partialOf(folders[i] as string)
      await rm(partial, { recursive: true, force: true })
      await model.save(modelFiles(partial))
      for (const file of (await readdir(partial)).sort()) {
        hash.update(await readFile(join(partial, file)))
      }
    }
    const familyHash = hash.digest('hex').slice(0, 16)
    for (const [i, manifest] of toManifests(submodels, facts, familyHash).entries()) {
      await writeFile(join(partialOf(folders[i] as string), manifestFile), toJson(manifest))
    }
    for (const folder of folders) await swapIn(folder)

    const stages: StagesManifest = { format: 1, stages: submodels.map(({ name }) => `../${name}`) }
    const whole = join(output, family.wholeName)
    await rm(partialOf(whole), { recursive: true, force: true })
    await makeFolder(partialOf(whole))
    await writeFile(join(partialOf(whole), manifestFile), toJson(stages))
    await swapIn(whole)
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
  const { height, width } = facts
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
        temperature: round(temperature),
        ...(threshold === undefined ? {} : { threshold: round(threshold) }),
        accuracy: round(accuracy),
      })),
      multiplyAdds: multiplyAdds(model),
      labels: [...facts.labels],
      preprocessing: { height, width, scale: 1 / 255 },
      trainingData: { ...facts.trainingData },
    }
    firstExit += exitCount
    input = features ?? []
    return manifest
  })
}

/** Where a folder is written before it takes its place, so that a kill never leaves half of one. */
function partialOf(folder: string): string {
  return `${folder}.partial`
}

async function swapIn(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await rename(partialOf(folder), folder)
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
