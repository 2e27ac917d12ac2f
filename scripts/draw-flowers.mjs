// Writes a data set of drawn flowers: OUT/LABEL/NNNN.jpg, five labels.
//
//   node scripts/draw-flowers.mjs OUT --count-per-label 500 --seed 1 --size 180
//   node scripts/draw-flowers.mjs data/sample --sample
//
// --sample writes the shipped sample instead: size, seed, quality and the list of difficulties are then
// those of data/sample-difficulties.json, so that one command makes the same files again.
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const built = new URL('../dist/input/drawn-flowers.js', import.meta.url)
const sampleList = new URL('../data/sample-difficulties.json', import.meta.url)
const usage =
  'Usage: node scripts/draw-flowers.mjs OUT [--count-per-label 100] [--seed 1] [--size 224]\n' +
  '         [--quality 85] [--min-difficulty 0] [--max-difficulty 1] | OUT --sample'

/** Ends the run as main.ts does for a wrong flag: one message, exit code 2. */
function refuse(message) {
  process.stderr.write(`${message}\n${usage}\n`)
  process.exit(2)
}

function readFlags() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        'count-per-label': { type: 'string', default: '100' },
        seed: { type: 'string', default: '1' },
        size: { type: 'string', default: '224' },
        quality: { type: 'string', default: '85' },
        'min-difficulty': { type: 'string', default: '0' },
        'max-difficulty': { type: 'string', default: '1' },
        sample: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return refuse(error.message)
  }
}

function toNumber(name, text, from, to) {
  const value = Number(text)
  if (text.trim() !== '' && value >= from && value <= to) return value
  return refuse(`Expected --${name} to be a number from ${from} to ${to}, got "${text}"`)
}

function toInteger(name, text, from, to) {
  const value = toNumber(name, text, from, to)
  return Number.isInteger(value)
    ? value
    : refuse(`Expected --${name} to be an integer, got "${text}"`)
}

/** Pictures of one label: `[{difficulty, seed}]`, in the order of their file names. */
function evenly(count, seed, from, to) {
  return Array.from({ length: count }, (_, i) => ({
    // Difficulties spread evenly; a seed apart from all of another run with another --seed.
    difficulty: from + ((to - from) * (i + 0.5)) / count,
    seed: seed * 1_000_000 + i,
  }))
}

const { values: flags, positionals } = readFlags()
if (positionals.length !== 1) refuse(`Expected one OUT folder, got ${positionals.length}`)
const [out] = positionals
if (!existsSync(built)) {
  process.stderr.write(
    'Expected dist/input/drawn-flowers.js to be built. Run npm run build first\n',
  )
  process.exit(1)
}
const { drawFlower, labels } = await import(built)

let size = toInteger('size', flags.size, 16, 2048)
let quality = toInteger('quality', flags.quality, 1, 100)
let pictures
if (flags.sample) {
  const sample = JSON.parse(await readFile(sampleList, 'utf8'))
  size = sample.size
  quality = sample.quality
  pictures = (label) =>
    sample.difficulties[label].map((difficulty, i) => ({ difficulty, seed: sample.seed + i }))
} else {
  const count = toInteger('count-per-label', flags['count-per-label'], 1, 100_000)
  const seed = toInteger('seed', flags.seed, 1, 1_000_000_000)
  const from = toNumber('min-difficulty', flags['min-difficulty'], 0, 1)
  const to = toNumber('max-difficulty', flags['max-difficulty'], from, 1)
  pictures = () => evenly(count, seed, from, to)
}

let files = 0
let bytes = 0
for (const label of labels) {
  const folder = join(out, label)
  await mkdir(folder, { recursive: true })
  // Files of an earlier, longer run would mix two sets; only names of our own form are removed.
  for (const name of await readdir(folder)) {
    if (/^\d{4,6}\.jpg$/.test(name)) await rm(join(folder, name))
  }
  for (const [i, picture] of pictures(label).entries()) {
    const jpeg = await drawFlower({ label, ...picture, size, quality })
    await writeFile(join(folder, `${String(i).padStart(4, '0')}.jpg`), jpeg)
    files++
    bytes += jpeg.length
  }
}
process.stdout.write(
  `${files} images of ${labels.length} labels in ${out}, ${Math.ceil(bytes / 1024)} KB\n`,
)
