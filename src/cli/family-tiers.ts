// A folder of trained submodels as tiers, one a submodel, in the order of the network.
import { readdir } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { TextTier } from '../serving/deployment/deployment-text.ts'
import { ModelError } from '../errors.ts'
import { readModelFolder } from '../model/folder.ts'
import { isStagesManifest } from '../model/manifest.ts'
import { readManifest } from '../model/read-manifest.ts'

interface Submodel {
  readonly name: string
  readonly folder: string
  readonly index: number
  readonly count: number
}

/**
 * `folder` holds model/ddnn.json, or its own ddnn.json, that lists stages; or a folder a submodel, each with its
 * place in ddnn.json. Paths are written relative to `base`.
 * @throws DDNN_MODEL_MISSING where it holds no family, or not all of one.
 */
export async function readFamilyTiers(folder: string, base: string): Promise<readonly TextTier[]> {
  const submodels = (await listed(folder)) ?? (await beside(folder))
  const counts = submodels.map(({ count }) => count)
  if (submodels.length === 0 || counts.some((count) => count !== submodels.length)) {
    const found = submodels.map(({ name, index, count }) => `${name} (${index + 1} of ${count})`)
    throw new ModelError(
      'DDNN_MODEL_MISSING',
      `Expected all submodels of a family in '${folder}', got ${found.join(', ') || 'none'}`,
      { hint: "Pass the folder that 'ddnn train' wrote: edge, fog, cloud and model stand in it" },
    )
  }
  return submodels.map(({ name, folder: path }) => ({
    name: topicName(name),
    models: [written(relative(base, path))],
  }))
}

/** By a list of stages; undefined where there is none. */
async function listed(folder: string): Promise<readonly Submodel[] | undefined> {
  for (const path of [folder, join(folder, 'model')]) {
    const manifest = await readManifest(path)
    if (manifest === undefined || !isStagesManifest(manifest)) continue
    const stages = await readModelFolder(path)
    return Promise.all(
      stages.map(async (stage, index) => ({
        name: await nameOf(stage.folder),
        folder: stage.folder,
        index,
        count: stages.length,
      })),
    )
  }
  return undefined
}

async function beside(folder: string): Promise<readonly Submodel[]> {
  const entries = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly Submodel[]> => {
      const path = resolve(folder, entry)
      const manifest = await readManifest(path)
      if (manifest === undefined || isStagesManifest(manifest)) return []
      const { place, name = entry } = manifest
      return place === undefined ? [] : [{ name, folder: path, ...place }]
    }),
  )
  return found.flat().sort((a, b) => a.index - b.index)
}

async function nameOf(folder: string): Promise<string> {
  const manifest = await readManifest(folder)
  return manifest !== undefined && !isStagesManifest(manifest) && manifest.name !== undefined
    ? manifest.name
    : basename(folder)
}

/** With slashes on every system, and not to be taken for the package's own. */
function written(path: string): string {
  const text = path.replaceAll('\\', '/')
  return text.startsWith('shipped/') || text === '' ? `./${text}` : text
}

/** A manifest's name may be any text. */
function topicName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'tier'
}
