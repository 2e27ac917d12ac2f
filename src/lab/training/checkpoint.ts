// The checkpoint of a run: one file, replaced as a whole, from which the run goes on after a kill.
//
//   'DDNNCKPT' | format u32 | header bytes u32 | header, JSON | float32 arrays, little-endian, one after the other
//
// The header holds what the numbers need: their lengths, where the run was, and what it was told.
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, DdnnError } from '../../errors.ts'
import type { Position, Snapshot } from './fit.ts'
import type { TrainOptions } from './options.ts'
import type { RunFacts } from './run-facts.ts'
import type { RunState } from './run-state.ts'

/** In OUTPUT, while a run is not finished. */
export const checkpointFile = 'checkpoint.bin'

export interface Checkpoint {
  readonly snapshot: Snapshot
  readonly state: RunState
  readonly facts: RunFacts
}

interface Header {
  readonly lengths: readonly number[]
  readonly position: Position
  readonly state: RunState
  readonly facts: RunFacts
}

const magic = Buffer.from('DDNNCKPT')
const format = 2
const prefixBytes = magic.length + 8

/**
 * Writes beside the old one, then takes its place: a kill leaves one of the two, whole.
 * @throws DDNN_OUTPUT_FAILED when the file cannot be written.
 */
export async function writeCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  const { snapshot, state, facts } = checkpoint
  const lengths = snapshot.arrays.map(({ length }) => length)
  const header = Buffer.from(
    JSON.stringify({ lengths, position: snapshot.position, state, facts } satisfies Header),
  )
  const prefix = Buffer.alloc(prefixBytes)
  magic.copy(prefix)
  prefix.writeUInt32LE(format, magic.length)
  prefix.writeUInt32LE(header.length, magic.length + 4)
  const partial = `${file}.partial`
  try {
    const handle = await open(partial, 'w')
    try {
      // Each goes on where the last one ended.
      await handle.writeFile(Buffer.concat([prefix, header]))
      for (const array of snapshot.arrays) await handle.writeFile(bytesOf(array))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(partial, file)
  } catch (cause) {
    await rm(partial, { force: true })
    throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write the checkpoint '${file}'`, {
      cause,
      hint: 'Make room on the disk, then go on with --resume from the checkpoint before',
    })
  }
}

/**
 * Reads it back; undefined where there is none.
 * @throws DDNN_CONFIG_INVALID when it is cut short or no checkpoint of this version.
 */
export async function readCheckpoint(file: string): Promise<Checkpoint | undefined> {
  const handle = await open(file).catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw damaged(file, `it cannot be read: ${String(thrown)}`)
  })
  if (handle === undefined) return undefined
  try {
    const prefix = await readBytes(file, handle, Buffer.alloc(prefixBytes), 0)
    if (!prefix.subarray(0, magic.length).equals(magic)) throw damaged(file, 'other bytes')
    const found = prefix.readUInt32LE(magic.length)
    if (found !== format) throw damaged(file, `format ${found} in place of ${format}`)
    const headerBytes = prefix.readUInt32LE(magic.length + 4)
    const { size } = await handle.stat()
    if (prefixBytes + headerBytes > size) throw damaged(file, 'a header that is cut short')
    const header = await readBytes(file, handle, Buffer.alloc(headerBytes), prefixBytes)
    const { lengths, position, state, facts } = parseHeader(file, header)
    let at = prefixBytes + headerBytes
    const wanted = at + 4 * lengths.reduce((sum, length) => sum + length, 0)
    if (size !== wanted) throw damaged(file, `${size} bytes in place of ${wanted}`)
    const arrays: Float32Array[] = []
    for (const length of lengths) {
      const array = new Float32Array(length)
      await readBytes(file, handle, bytesOf(array), at)
      arrays.push(array)
      at += array.byteLength
    }
    return { snapshot: { position, arrays }, state, facts }
  } finally {
    await handle.close()
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Fills `bytes` from `from` of the file. */
async function readBytes<T extends Uint8Array>(
  file: string,
  handle: FileHandle,
  bytes: T,
  from: number,
): Promise<T> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at)
    if (bytesRead === 0) throw damaged(file, `${from + at} bytes`)
    at += bytesRead
  }
  return bytes
}

function parseHeader(file: string, bytes: Buffer): Header {
  try {
    return JSON.parse(bytes.toString('utf8')) as Header
  } catch {
    throw damaged(file, 'a header that is no JSON')
  }
}

function damaged(file: string, got: string): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a whole checkpoint at '${file}', got ${got}`,
    {
      hint: 'Delete it to train from the beginning',
    },
  )
}

/** What the run goes on from. With --force, and not asked to go on, it begins again. */
export async function takeCheckpoint({
  output,
  resume,
  isForced = false,
}: TrainOptions): Promise<Checkpoint | undefined> {
  const file = join(output, checkpointFile)
  if (isForced && !resume) await rm(file, { force: true })
  return readCheckpoint(file)
}

/** Whether it goes on, and from where. */
export function tellStart(
  checkpoint: Checkpoint | undefined,
  { resume, output }: TrainOptions,
  log: { info(facts: object, message: string): void },
): void {
  if (checkpoint !== undefined) {
    const { epoch, step } = checkpoint.snapshot.position
    const { startedAt: began } = checkpoint.state
    log.info({ epoch, step, began }, 'training goes on from its checkpoint')
  } else if (resume) log.info({ output }, 'no checkpoint, training begins')
}
