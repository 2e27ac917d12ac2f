// Where a run is written that was told no folder: runs/2026-11-29-compact, the next of the day runs/2026-11-29-compact-2.
import { access, readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { checkpointFile } from './checkpoint.ts'
import type { TrainOptions } from './options.ts'

/** Below the working folder. */
const parent = 'runs'

interface RunFolderOptions extends Pick<TrainOptions, 'network' | 'modelModule' | 'resume'> {
  /** What else names the run, in place of its network: the file of a backbone. */
  readonly source?: string | undefined
  /** The day it is called by, local time. */
  readonly now: Date
  /** Default the working folder. */
  readonly root?: string
}

/**
 * A folder that is not there yet; of a run that is to go on, the last one that is half-finished, where there is one.
 * Nothing is made.
 */
export async function chooseRunFolder(options: RunFolderOptions): Promise<string> {
  const { network, modelModule, source = modelModule ?? network, resume, now, root = '' } = options
  const name = nameOf(source)
  const names = await readdir(join(root, parent)).catch((): string[] => [])
  if (resume) {
    const halfFinished = await lastHalfFinished(join(root, parent), names, name)
    if (halfFinished !== undefined) return join(root, parent, halfFinished)
  }
  const first = `${dayOf(now)}-${name}`
  let folder = first
  for (let i = 2; names.includes(folder); i++) folder = `${first}-${i}`
  return join(root, parent, folder)
}

/** A word that does as part of a folder's name. */
function nameOf(source: string): string {
  const name = basename(source, extname(source)).replace(/[^\w.-]+/g, '-')
  return name.replace(/^[.-]+/, '').slice(0, 60) || 'network'
}

async function lastHalfFinished(
  folder: string,
  names: readonly string[],
  name: string,
): Promise<string | undefined> {
  const own = names.flatMap((each) => {
    const match = /^(\d{4}-\d\d-\d\d)-(.*?)(?:-(\d+))?$/.exec(each)
    const [, day = '', of, count = '1'] = match ?? []
    // A name may end in a number itself: compact-32.
    if (match === null || (of !== name && `${of}-${count}` !== name)) return []
    return [{ each, day, count: of === name ? Number(count) : 1 }]
  })
  own.sort((a, b) => (a.day === b.day ? b.count - a.count : a.day < b.day ? 1 : -1))
  for (const { each } of own) {
    const isHalfFinished = await access(join(folder, each, checkpointFile)).then(
      () => true,
      () => false,
    )
    if (isHalfFinished) return each
  }
  return undefined
}

/** 2026-11-29 */
function dayOf(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}
