// `ddnn train --split` without images: a family that lies on disk already is split into tiers, or in another way.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.ts'
import { isStagesManifest, manifestFile, parseManifest } from './manifest.ts'
import { checkTierFolders, parseSplit, writeTiers } from './split.ts'

/**
 * Splits the family that lies in a folder, OUTPUT/NAME of each submodel. Returns the tiers' folders.
 * @throws DDNN_MODEL_MISSING when no family, or more than one, is there.
 * @throws DDNN_CONFIG_INVALID as parseSplit and checkTierFolders.
 */
export async function splitFamily(output: string, texts: readonly string[]): Promise<string[]> {
  const { submodels, wholeNames } = await findFamily(output)
  const tiers = parseSplit(texts, submodels, wholeNames)
  await checkTierFolders(output, tiers)
  return writeTiers(output, tiers)
}

interface FoundFamily {
  /** Folders of the submodels, in order. */
  readonly submodels: readonly string[]
  /** Folders that list all of them. */
  readonly wholeNames: readonly string[]
}

async function findFamily(output: string): Promise<FoundFamily> {
  const families = new Map<string, { readonly places: string[]; readonly count: number }>()
  const lists: { readonly folder: string; readonly stages: readonly string[] }[] = []
  const entries = await readdir(output, { withFileTypes: true }).catch(() => [])
  for (const entry of entries.filter((e) => e.isDirectory())) {
    const manifest = await readManifest(join(output, entry.name))
    if (manifest === undefined) continue
    if (isStagesManifest(manifest)) {
      lists.push({ folder: entry.name, stages: manifest.stages })
      continue
    }
    const { family, place } = manifest
    const found = families.get(family) ?? { places: [], count: place.count }
    found.places[place.index] = entry.name
    families.set(family, found)
  }
  const whole = [...families.values()].filter(
    ({ places, count }) => places.length === count && !places.includes(undefined as never),
  )
  const [family] = whole
  if (family === undefined || whole.length > 1) {
    const got = whole.length > 1 ? `${whole.length} families` : 'none that is complete'
    throw new ModelError(
      'DDNN_MODEL_MISSING',
      `Expected the submodels of one family in '${output}', got ${got}`,
      { hint: 'Pass the folder that a training wrote as --output, or train one with -i' },
    )
  }
  const submodels = family.places
  const wholes = lists.filter(({ stages }) => stages.length === submodels.length)
  return { submodels, wholeNames: wholes.map(({ folder }) => folder) }
}

async function readManifest(folder: string) {
  const file = join(folder, manifestFile)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseManifest(text, file)
}
