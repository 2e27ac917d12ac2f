// flower_photos: one folder of photos a label, split here into train and test.
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DdnnError } from '../../errors.ts'
import { makeFolder } from '../../files/make-folder.ts'
import type { Layout } from './layout.ts'
import { pickTest } from './split.ts'

const labels = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'] as const
const isLabel = new Set<string>(labels)

export const flowersLayout: Layout = {
  isSplit: true,
  // The 3,670 photos have 230 MB.
  maxBytes: 500e6,
  place([root, folder, name, ...deeper]) {
    if (root !== 'flower_photos' || folder === undefined || deeper.length > 0) return undefined
    if (name === undefined) return folder === 'LICENSE.txt' ? folder : undefined
    // '._1.jpg' is what macOS leaves beside a file.
    const isPhoto = /^[^.].*\.jpe?g$/i.test(name)
    return isLabel.has(folder) && isPhoto ? `train/${folder}/${name}` : undefined
  },
  async arrange(folder, { seed, testShare }) {
    let train = 0
    let test = 0
    for (const label of labels) {
      const from = join(folder, 'train', label)
      const names = await readdir(from).catch(() => [])
      if (names.length === 0) {
        throw new DdnnError(
          'DDNN_DOWNLOAD_DAMAGED',
          `Expected flower_photos/${label}/*.jpg in the archive, got none`,
          { hint: "Take TensorFlow's flower_photos.tgz, with a folder a label" },
        )
      }
      const picked = pickTest(names, label, { seed, testShare })
      const to = join(folder, 'test', label)
      if (picked.length > 0) await makeFolder(to)
      for (const name of picked) await rename(join(from, name), join(to, name))
      train += names.length - picked.length
      test += picked.length
    }
    return { summary: `${train} photos in train and ${test} in test`, labels }
  },
  // Its split is not written in it: only one that download made is known to be whole.
  recognise: () => Promise.resolve(undefined),
}
