// Whether the data set's folder is there already, and whole.
import { readdir } from 'node:fs/promises'
import { ConfigError } from '../../errors.ts'
import type { DataSet } from './data-sets.ts'
import type { Split } from './layout.ts'
import { findChanged, markerFile, readMarker, type Marker } from './marker.ts'

interface MadeOptions {
  readonly dataSet: DataSet
  readonly split: Split
  readonly force: boolean
}

/**
 * What an earlier download, or somebody by hand, made of `folder`; undefined where it is to be made.
 * @throws DDNN_CONFIG_INVALID where it holds something else, DDNN_INPUT_MISSING where files went missing.
 */
export async function findMade(
  folder: string,
  { dataSet, split, force }: MadeOptions,
): Promise<{ readonly summary: string } | undefined> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if ((thrown as { code?: unknown }).code === 'ENOENT') return []
    throw foreign(folder, 'something else', thrown)
  })
  if (names.length === 0) return undefined
  const marker = await readMarker(folder)
  if (marker === undefined) {
    const contents = force ? undefined : await dataSet.layout.recognise(folder)
    if (contents === undefined) throw foreign(folder, `a folder without ${markerFile}`)
    return contents
  }
  if (force) return undefined
  assertSplit(folder, marker, split)
  const changed = await findChanged(folder, marker)
  if (changed.length > 0) {
    const count = Object.keys(marker.files).length
    throw new ConfigError(
      'DDNN_INPUT_MISSING',
      `Expected the ${count} files of '${folder}' as they were downloaded, got ${changed.length} missing or of another size, as '${changed[0]}'`,
      { hint: 'Pass --force to make the folder again' },
    )
  }
  return { summary: marker.summary }
}

function assertSplit(folder: string, marker: Marker, split: Split): void {
  const made = marker.split
  if (made === undefined) return
  if (made.seed === split.seed && made.testShare === split.testShare) return
  const show = ({ seed, testShare }: Split) => `--seed ${seed} --test-share ${testShare}`
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected '${folder}' with ${show(split)}, got one that was made with ${show(made)}`,
    { hint: 'Pass --force to make it again, or these flags to keep it' },
  )
}

function foreign(folder: string, got: string, cause?: unknown): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected no '${folder}', or one that download made, got ${got}`,
    { hint: 'Move it away, or pass --output (-o) with another folder', cause },
  )
}
