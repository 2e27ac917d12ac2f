// The images of a run: photos of a folder, or drawn flowers; 32 of them decoded, for who is given pixels.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { drawFlower, labels as drawnLabels } from '../../dist/input/drawn-flowers.js'
import { createImageDecoder } from '../../dist/input/decode.js'

const drawn = 200
/** As many as the largest batch that is measured. */
export const decodedImages = 32

/**
 * @returns {Promise<{ folder: string, labelsFile: string, files: string[], pixelsFile: string,
 *   what: string }>} `pixelsFile` holds 32 images, uint8 `[32, height, width, 3]`, in the size of the
 *   first model.
 */
export async function prepareImages({ models, scratch }, photos) {
  const [height, width] = readManifest(models[0]).input
  const folder = photos === undefined ? await draw(scratch) : resolve(photos)
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const labels = readManifest(models[0]).labels ?? names
  const labelsFile = join(scratch, 'labels.txt')
  writeFileSync(labelsFile, `${labels.join('\n')}\n`)
  const files = labels.flatMap((label) =>
    readdirSync(join(folder, label)).map((file) => join(folder, label, file)),
  )
  const decode = createImageDecoder()
  const step = Math.max(1, Math.floor(files.length / decodedImages))
  const chosen = Array.from({ length: decodedImages }, (_, i) => files[(i * step) % files.length])
  const pixels = []
  for (const file of chosen) pixels.push(await decode(readFileSync(file), height, width))
  const pixelsFile = join(scratch, 'pixels.bin')
  writeFileSync(pixelsFile, Buffer.concat(pixels))
  const what = photos === undefined ? `${files.length} drawn flowers` : `${files.length} photos`
  return { folder, labelsFile, files, pixelsFile, what }
}

export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'ddnn.json'), 'utf8'))
}

async function draw(scratch) {
  const folder = mkdtempSync(join(scratch, 'images-'))
  for (const label of drawnLabels) mkdirSync(join(folder, label))
  for (let i = 0; i < drawn; i++) {
    const label = drawnLabels[i % drawnLabels.length]
    const image = await drawFlower({ label, difficulty: i / drawn, seed: 9000 + i, size: 240 })
    writeFileSync(join(folder, label, `${String(i).padStart(4, '0')}.jpg`), image)
  }
  return folder
}
