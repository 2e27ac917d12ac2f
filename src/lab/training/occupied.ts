// What lies in --output already: models are not written over, nor beside those of another run, unless that is asked for.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { isStagesManifest, manifestFile, parseFolderManifest } from '../../model/manifest.ts'
import { readRecord } from './run-record.ts'

/** Files by which a folder is one of a model. */
const modelFiles = /^(ddnn\.json|model\.json|saved_model\.pb)$|\.(onnx|keras|h5)$/

/** Models that lie in a folder, or in folders of it. */
interface Found {
  /** Folders of them, as they are called there; '.' is the folder itself. */
  readonly names: readonly string[]
  readonly families: readonly string[]
  readonly labels: readonly string[] | undefined
  /** When the newest of them was written. */
  readonly writtenAt: Date
}

/**
 * @param isForced --force
 * @throws DDNN_CONFIG_INVALID, naming what is there: family, labels and date.
 */
export async function checkOccupied(output: string, isForced: boolean): Promise<void> {
  if (isForced) return
  const found = await findModels(output)
  if (found === undefined) return
  const ended = (await readRecord(output))?.endedAt
  const run = ended === undefined ? '' : ` of a run that ended at ${ended}`
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected '${output}' without models, got ${describe(found)}${run}`,
    {
      hint: 'Leave --output (-o) out for a new folder below runs, name another one, or pass --force to write over it',
    },
  )
}

async function findModels(output: string): Promise<Found | undefined> {
  const entries = await readdir(output, { withFileTypes: true }).catch(() => [])
  const folders = ['.', ...entries.filter((one) => !one.isFile()).map(({ name }) => name)]
  const names: string[] = []
  const families = new Set<string>()
  let labels: readonly string[] | undefined
  let writtenMs = 0
  for (const name of folders.sort()) {
    const file = await modelFileOf(join(output, name))
    if (file === undefined) continue
    names.push(name)
    writtenMs = Math.max(writtenMs, (await stat(file)).mtimeMs)
    const facts = await factsOf(join(output, name))
    if (facts.family !== undefined) families.add(facts.family)
    labels ??= facts.labels
  }
  if (names.length === 0) return undefined
  return { names, families: [...families], labels, writtenAt: new Date(writtenMs) }
}

async function modelFileOf(folder: string): Promise<string | undefined> {
  const files = await readdir(folder).catch(() => [])
  const file = files.filter((name) => modelFiles.test(name)).sort()[0]
  return file === undefined ? undefined : join(folder, file)
}

/** Nothing where the manifest is missing, damaged, or a list of stages. */
async function factsOf(folder: string): Promise<{
  readonly family?: string | undefined
  readonly labels?: readonly string[] | undefined
}> {
  const file = join(folder, manifestFile)
  try {
    const manifest = parseFolderManifest(await readFile(file, 'utf8'), file)
    return isStagesManifest(manifest) ? {} : manifest
  } catch {
    return {}
  }
}

/** 'family 1a2b of 5 labels (daisy, dandelion, ...) in edge, fog, cloud and model, written on 2026-11-29' */
function describe({ names, families, labels, writtenAt }: Found): string {
  const family =
    families.length === 0
      ? 'models'
      : `${families.length === 1 ? 'family' : 'families'} ${families.join(', ')}`
  const some = labels?.slice(0, 5).join(', ') ?? ''
  const rest = (labels?.length ?? 0) > 5 ? ', ...' : ''
  const of = labels === undefined ? '' : ` of ${labels.length} labels (${some}${rest})`
  const where = names.length === 1 && names[0] === '.' ? '' : ` in ${names.join(', ')}`
  return `${family}${of}${where}, written on ${writtenAt.toISOString().slice(0, 10)}`
}
