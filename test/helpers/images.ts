// Labelled images for end-to-end tests: photos where DDNN_TEST_PHOTOS names a folder of them, else
// drawn flowers, made once a process.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawFlower, labels } from '../../src/input/drawn-flowers.ts'
import { tempFolder } from './cli.ts'

/** Where photos are for the tests of whole chains: `.ci/run` names them for these alone, which then run once. */
export const chainPhotos = () =>
  process.env['DDNN_TEST_PHOTOS'] ?? process.env['DDNN_TEST_CHAIN_PHOTOS']

/** A folder DIR/LABEL/*.jpg with `perLabel` images of each of the five labels. */
export async function labelledImages(
  perLabel: number,
  photos = process.env['DDNN_TEST_PHOTOS'],
): Promise<string> {
  const folder = tempFolder()
  for (const label of labels) {
    mkdirSync(join(folder, label))
    if (photos !== undefined && photos !== '') {
      const files = readdirSync(join(photos, label)).filter((file) => file.endsWith('.jpg'))
      // Spread over the whole folder, so that a label's photos are not all of one photographer.
      const step = Math.max(1, Math.floor(files.length / perLabel))
      for (const file of files.filter((_, i) => i % step === 0).slice(0, perLabel)) {
        symlinkSync(join(photos, label, file), join(folder, label, file))
      }
      continue
    }
    for (let i = 0; i < perLabel; i++) {
      const difficulty = i / Math.max(1, perLabel - 1)
      const seed = 7000 + i
      const image = await drawFlower({ label, difficulty, seed, size: 200 })
      writeFileSync(join(folder, label, `${String(i).padStart(4, '0')}.jpg`), image)
    }
  }
  return folder
}
