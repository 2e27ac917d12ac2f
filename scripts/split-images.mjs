// Copies the images that `ddnn train` keeps apart for validation of its first training set: OUT/LABEL/NAME, to evaluate or
// calibrate on. Records of CIFAR-10's binary version become OUT/LABEL/data_batch_1-17.png, which lose nothing.
//
//   node scripts/split-images.mjs PHOTOS [MORE...] OUT --vsplit 0.1 --seed 123
//
// Give the seed and the share of the training, and all of its training sets in their order, since each image is drawn by
// its place among all labels: the same images come out.
import { copyFile, mkdir, open } from 'node:fs/promises'
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'

const built = new URL('../dist/lab/training/data-set.js', import.meta.url)
const usage =
  'Usage: node scripts/split-images.mjs PHOTOS [MORE...] OUT [--vsplit 0.2] [--seed 123]'

function refuse(message) {
  process.stderr.write(`${message}\n${usage}\n`)
  process.exit(2)
}

const options = {
  vsplit: { type: 'string', default: '0.2' },
  seed: { type: 'string', default: '123' },
}
const { values, positionals } = parseArgs({ allowPositionals: true, options })
const sets = positionals.slice(0, -1)
const out = positionals.at(-1)
const share = Number(values.vsplit)
const seed = Number(values.seed)
if (sets.length === 0) refuse('Expected the folders of the training, then one to write')
if (!(share > 0 && share < 1))
  refuse(`Expected --vsplit to be between 0 and 1, got ${values.vsplit}`)
if (!Number.isInteger(seed)) refuse(`Expected --seed to be a whole number, got ${values.seed}`)
if (existsSync(out) && readdirSync(out).length > 0)
  refuse(
    `Expected '${out}' to be empty or not there, got files: of another split they would be mixed with these`,
  )
if (!existsSync(built)) refuse('Expected the built project, run `npm run build` first')

const { listTrainingSets, splitFiles } = await import(built)
const { readPixels } = await import(new URL('../dist/input/cifar10.js', import.meta.url))
const { labels, files } = await listTrainingSets(sets).catch((error) => refuse(error.message))
const validation = splitFiles(files, share, seed).validation.filter(({ set }) => set === 0)
const first = files.filter(({ set }) => set === 0)
const batches = new Map()
for (const { name, path, record, label } of validation) {
  const file =
    record === undefined
      ? join(out, name)
      : join(out, labels[label], `${basename(path, '.bin')}-${record}.png`)
  await mkdir(dirname(file), { recursive: true })
  if (record === undefined) {
    await copyFile(path, file)
    continue
  }
  const batch = batches.get(path) ?? batches.set(path, await open(path)).get(path)
  const pixels = await readPixels(batch, record, name)
  await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
    .png()
    .toFile(file)
}
for (const batch of batches.values()) await batch.close()
process.stdout.write(`${validation.length} of ${first.length} images in ${out}\n`)
