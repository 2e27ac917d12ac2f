// Folders of a family as they come to disk: each is written aside and takes its place as a whole.
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../files/make-folder.ts'
import { manifestFile, type StagesManifest, type SubmodelManifest } from '../../model/manifest.ts'

/** An empty folder aside of `folder`, to write to; `swapIn` puts it in its place. */
export async function openPartial(folder: string): Promise<string> {
  const partial = partialOf(folder)
  await rm(partial, { recursive: true, force: true })
  await makeFolder(partial)
  return partial
}

/** Where a folder is written before it takes its place, so that a kill never leaves half of one. */
export function partialOf(folder: string): string {
  return `${folder}.partial`
}

/** What `openPartial` gave takes the folder's place. */
export async function swapIn(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await rename(partialOf(folder), folder)
}

/** OUTPUT/WHOLE: the submodels as a list, so that weights are stored once. */
export async function writeWhole(
  output: string,
  whole: string,
  submodels: readonly string[],
): Promise<void> {
  const stages: StagesManifest = { format: 1, stages: submodels.map((name) => `../${name}`) }
  const folder = join(output, whole)
  await writeManifestFile(await openPartial(folder), stages)
  await swapIn(folder)
}

/** ddnn.json of a folder that is there. */
export async function writeManifestFile(
  folder: string,
  manifest: SubmodelManifest | StagesManifest,
): Promise<void> {
  await writeFile(join(folder, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`)
}

/** As manifests hold temperatures, thresholds and accuracies: four digits. */
export function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
