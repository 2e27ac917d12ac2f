// Labelled images for end-to-end tests: photos where DDNN_TEST_PHOTOS names a folder of them, else
// drawn flowers, made once a process.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawFlower, labels } from '../../src/input/drawn-flowers.ts'
import { tempFolder } from './cli.ts'

/** A folder DIR/LABEL/*.jpg with `perLabel` images of each of the five labels. */
export async function labelledImages(perLabel: number): Promise<string> {
  const folder = tempFolder()
  const photos = process.env['DDNN_TEST_PHOTOS']
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
