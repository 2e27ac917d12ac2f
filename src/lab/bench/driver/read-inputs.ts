// The inputs in the process that asks: pixels are read into memory before anything is counted.
import { readFile } from 'node:fs/promises'
import type { ClientInputs } from './client.ts'
import type { OpenTask } from './messages.ts'

export async function readClientInputs({
  form,
  shape,
  pixelsFile,
  files,
}: OpenTask): Promise<ClientInputs> {
  const size = shape[0] * shape[1] * shape[2]
  const all = form === 'decoded' ? await readFile(pixelsFile) : new Uint8Array()
  return {
    form,
    shape,
    count: files.length,
    pixels: (index) => all.subarray(index * size, (index + 1) * size),
    file: (index) => {
      const file = files[index]
      if (file === undefined) throw new Error('these inputs have no files, only pixels')
      return file
    },
  }
}
