// An archive that is being fetched or waits to be unpacked: FILE.partial holds its first bytes, FILE.partial.json what must still be
// so on the server for the rest to fit to them.
import { createHash } from 'node:crypto'
import { open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { outputFailed } from './output.ts'

const factsSchema = z.object({
  /** SHA-256 of the address: it may hold secrets. */
  urlHash: z.string(),
  /** A strong ETag, or Last-Modified: what If-Range takes. */
  validator: z.string().optional(),
  totalBytes: z.number().int().nonnegative().optional(),
})

/** What the server said of the archive. */
export interface RemoteFacts {
  readonly validator: string | undefined
  readonly totalBytes: number | undefined
}

export interface Partial extends RemoteFacts {
  readonly file: string
  /** That are safe in the file. */
  readonly bytes: number
  /** Starts anew with what the server says now. @throws DDNN_OUTPUT_FAILED */
  begin(facts: RemoteFacts): Promise<void>
  /** @throws DDNN_OUTPUT_FAILED */
  append(chunk: Uint8Array): Promise<void>
  /** Leaves it for whoever unpacks it, or for another run. Idempotent. */
  close(): Promise<void>
}

const namesOf = (file: string) => [`${file}.partial`, `${file}.partial.json`] as const

/** Forgets what was fetched of an archive. @throws DDNN_OUTPUT_FAILED */
export async function removePartial(file: string): Promise<void> {
  for (const name of namesOf(file)) {
    await rm(name, { force: true }).catch((cause: unknown) => {
      throw outputFailed(name, cause)
    })
  }
}

/**
 * Opens what an earlier run left of this address, else an empty one.
 * @throws DDNN_OUTPUT_FAILED
 */
export async function openPartial(file: string, url: URL): Promise<Partial> {
  const [data, factsFile] = namesOf(file)
  const urlHash = createHash('sha256').update(url.href).digest('hex')
  const failed = (cause: unknown) => outputFailed(data, cause)
  let facts = await readFacts(factsFile, urlHash)
  let isClosed = false
  let handle: FileHandle
  let bytes = 0
  try {
    handle = await open(data, facts === undefined ? 'w' : 'a+')
    bytes = (await handle.stat()).size
  } catch (cause) {
    throw failed(cause)
  }
  const close = async () => {
    if (isClosed) return
    isClosed = true
    await handle.close()
    if (bytes === 0) await removePartial(file)
  }
  return {
    file: data,
    get bytes() {
      return bytes
    },
    get validator() {
      return facts?.validator
    },
    get totalBytes() {
      return facts?.totalBytes
    },
    async begin(now) {
      try {
        await handle.close()
        handle = await open(data, 'w')
        bytes = 0
        await writeFile(factsFile, `${JSON.stringify({ urlHash, ...now })}\n`)
        facts = now
      } catch (cause) {
        throw failed(cause)
      }
    },
    async append(chunk) {
      try {
        await handle.appendFile(chunk)
      } catch (cause) {
        // Part of the chunk may have been written.
        bytes = (await handle.stat().catch(() => undefined))?.size ?? bytes
        throw failed(cause)
      }
      bytes += chunk.length
    },
    close,
  }
}

async function readFacts(file: string, urlHash: string): Promise<RemoteFacts | undefined> {
  try {
    const facts = factsSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    if (facts.urlHash !== urlHash) return undefined
    return { validator: facts.validator, totalBytes: facts.totalBytes }
  } catch {
    // None, or one that does not parse: there is nothing to go on from.
    return undefined
  }
}
