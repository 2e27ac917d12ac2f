// What is in the files of models, as one hash: copies of the same weights are the same models, whatever
// their times, and a folder that was exchanged is told apart, whatever its size.
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileContents } from '../domain/model-files.ts'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { isNoModel, namesIn } from './file-traits.ts'

/** Reads all files of the submodels but manifests, hidden ones and halves. Never rejects: what cannot be read is part of it. */
export async function readContents(specs: readonly SubmodelSpec[]): Promise<FileContents> {
  const hash = createHash('sha256')
  let bytes = 0
  for (const { folder } of specs) {
    hash.update('folder\n')
    for (const name of (await namesIn(folder)) ?? []) {
      if (isNoModel(name) || name.startsWith('.') || name.endsWith('.part')) continue
      const file = join(folder, name)
      const stats = await stat(file).catch(() => undefined)
      if (stats?.isFile() !== true) continue
      hash.update(`${name} ${stats.size}\n`)
      await addFile(hash, file)
      bytes += stats.size
    }
  }
  return { hash: hash.digest('hex'), bytes }
}

async function addFile(hash: Hash, file: string): Promise<void> {
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), async (chunks) => {
      for await (const chunk of chunks as AsyncIterable<Buffer>) hash.update(chunk)
    })
  } catch (thrown) {
    // Whether it matters is for the engine to say: it may be none of the model's.
    hash.update(String((thrown as NodeJS.ErrnoException).code))
  }
}
