// ddnn-download.json in a data set's folder: where it came from and which files it had when it was whole. A
// folder without it is somebody else's and is never replaced.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { z } from 'zod'
import { outputFailed } from './output.ts'

export const markerFile = 'ddnn-download.json'

const schema = z.object({
  format: z.literal(1),
  dataSet: z.string(),
  /** Without what may be secret in an address. */
  source: z.string(),
  sha256: z.string(),
  split: z.object({ testShare: z.number(), seed: z.number() }).optional(),
  summary: z.string(),
  /** Bytes of each file, by its place below the folder. */
  files: z.record(z.string(), z.number()),
})

export type Marker = z.infer<typeof schema>

/** Notes the files that `folder` holds now. @throws DDNN_OUTPUT_FAILED */
export async function writeMarker(folder: string, facts: Omit<Marker, 'files'>): Promise<void> {
  const file = join(folder, markerFile)
  try {
    const marker: Marker = { ...facts, files: await sizesOf(folder) }
    await writeFile(file, `${JSON.stringify(marker, undefined, 2)}\n`)
  } catch (cause) {
    throw outputFailed(file, cause)
  }
}

async function sizesOf(folder: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const stats = await stat(join(folder, name))
    if (stats.isFile()) sizes[name.replaceAll(sep, '/')] = stats.size
  }
  return sizes
}

/** Undefined where there is none, or none that can be read. */
export async function readMarker(folder: string): Promise<Marker | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(join(folder, markerFile), 'utf8')))
  } catch {
    return undefined
  }
}

/** The files that are missing or of another size now. */
export async function findChanged(folder: string, marker: Marker): Promise<readonly string[]> {
  const changed: string[] = []
  for (const [name, size] of Object.entries(marker.files)) {
    const now = await stat(join(folder, name)).catch(() => undefined)
    if (now?.size !== size) changed.push(name)
  }
  return changed
}
