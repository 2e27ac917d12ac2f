// Images of a scene and what must be said of them: some drawn flowers under many names, and the answers of a
// local run over the same models, which every answer that came through Kafka is held against.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startNode } from './process.mjs'

export const tierNames = ['edge', 'fog', 'cloud']

const folders = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A temporary folder that is gone with this process. */
export function tempFolder(what = 'faults') {
  const folder = mkdtempSync(join(tmpdir(), `ddnn-${what}-`))
  folders.push(folder)
  return folder
}

/**
 * Distinct images: those of data/sample, and drawn ones beyond them.
 * @returns {Promise<string>} a folder DIR/LABEL/*.jpg
 */
export async function distinctImages(root, count) {
  const sample = join(root, 'data', 'sample')
  const labels = readdirSync(sample)
  const given = labels.reduce((sum, label) => sum + readdirSync(join(sample, label)).length, 0)
  if (count <= given) return sample
  const { drawFlower } = await import(
    pathToFileURL(join(root, 'dist', 'input', 'drawn-flowers.js')).href
  )
  const folder = tempFolder('flowers')
  for (const label of labels) mkdirSync(join(folder, label))
  for (let i = 0; i < count; i++) {
    const label = labels[i % labels.length]
    const jpeg = await drawFlower({ label, difficulty: i / count, seed: 4000 + i, size: 180 })
    writeFileSync(join(folder, label, `${String(i).padStart(4, '0')}.jpg`), jpeg)
  }
  return folder
}

/**
 * A folder of `count` names of the images of another, the labels in turn: sample 0 is a daisy, and all labels
 * are met in a part of it too.
 */
export function manyNames(images, count) {
  const folder = tempFolder('names')
  const labels = readdirSync(images)
  const files = labels.map((label) => readdirSync(join(images, label)).sort())
  for (const label of labels) mkdirSync(join(folder, label))
  for (let i = 0; i < count; i++) {
    const of = i % labels.length
    const turn = Math.floor(i / labels.length)
    const file = files[of][turn % files[of].length]
    const name = `${String(turn).padStart(5, '0')}--${file}`
    symlinkSync(join(images, labels[of], file), join(folder, labels[of], name))
  }
  return folder
}

/** LABEL/FILE of the image behind a name of `manyNames`. */
export function originalOf(name) {
  return `${dirname(name)}/${basename(name).replace(/^\d{5}--/, '')}`
}

/** Rows of a CSV that ddnn wrote of names without a semicolon or quote. */
export function readRows(file) {
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  const [header, ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  const columns = header.split(';')
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split(';')
      return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']))
    })
}

/** The local run's row of each image, by LABEL/FILE; all tiers answer each image. */
export async function localAnswers(root, images, { engine, threshold }) {
  const output = join(tempFolder(), 'local.csv')
  const models = tierNames.map((tier) => join(root, 'saved_models', tier))
  const labels = join(root, 'data', 'labels.txt')
  const run = startNode(root, 'local run', [
    ...['-i', images, '-l', labels, '--name', 'local', '-o', output, '--models', ...models],
    ...['--engine', engine, '--threshold', String(threshold)],
  ])
  const { code } = await run.ended
  if (code !== 0) throw new Error(`the local run ended with ${code}:\n${run.output()}`)
  return new Map(readRows(output).map((row) => [row.File, row]))
}
