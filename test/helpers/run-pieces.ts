// The pieces of a family one after another, without the engine's door: what each exit gives for an input in the
// network's own layout.
import { readFile } from 'node:fs/promises'
import { isStagesManifest, parseManifest, type SubmodelManifest } from '../../src/model/manifest.ts'
import { openProbe, type ProbeFormat } from '../../src/serving/engine/open-probe.ts'

export async function readPiece(folder: string): Promise<SubmodelManifest> {
  const file = `${folder}/ddnn.json`
  const manifest = parseManifest(await readFile(file, 'utf8'), file)
  if (isStagesManifest(manifest)) throw new Error(`'${file}' is a list of stages`)
  return manifest
}

/**
 * Logits of each piece's exit.
 * @param shape of the image, without the batch axis.
 */
export async function runPieces(
  folders: readonly string[],
  format: ProbeFormat,
  image: Float32Array,
  shape: readonly number[],
): Promise<readonly (readonly number[])[]> {
  const logits: number[][] = []
  let values = image
  for (const [i, folder] of folders.entries()) {
    const { input } = await readPiece(folder)
    const probe = await openProbe(folder, format)
    try {
      const outputs = await probe.pass(values, [1, ...(i === 0 ? shape : input)])
      logits.push([...(outputs.at(-1)?.values ?? [])])
      values = outputs[0]?.values ?? values
    } finally {
      probe.dispose()
    }
  }
  return logits
}
