// The best simple script that classifies a folder of photos with the same weights: sharp decodes as many
// at once as libuv has threads, twice a batch of 32 lies decoded or under way, a worker thread runs the
// sessions. No CSV, no errors, no limits. Usage: node bench/engine/bare-local.mjs '{"models": [...], ...}'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { openPixels } from '../../dist/lab/bench/bare/pixels.js'
import { createBareCascade } from './bare-cascade.mjs'
import { openBare } from './bare-sessions.mjs'
import { readManifest } from './images.mjs'

const batchSize = 32

if (isMainThread) await main(JSON.parse(process.argv[2]))
else await serve(workerData)

async function serve({ models, exits, threads }) {
  const cascade = createBareCascade((await openBare(models, threads)).stages, models)
  parentPort.on('message', async (images) => parentPort.postMessage(await cascade(images, exits)))
  parentPort.postMessage('ready')
}

async function main({ models, folder, limit, exits, threads = 1 }) {
  const shape = readManifest(models[0]).input
  const worker = new Worker(new URL(import.meta.url), { workerData: { models, exits, threads } })
  const answers = []
  const answer = () => new Promise((resolve) => answers.push(resolve))
  worker.on('message', (message) => answers.shift()(message))
  await answer()
  const decode = await openPixels({ form: 'encoded', shape, file: (index) => files[index] })
  const startedAt = performance.now()
  const files = listInTurn(folder).slice(0, limit)
  const left = new Array(models.length).fill(0)
  let next = 0
  let open = 0
  let batch = []
  let wake = () => {}
  const send = async () => {
    const images = batch
    batch = []
    const answered = answer()
    worker.postMessage(
      images,
      images.map(({ buffer }) => buffer),
    )
    for (const stage of await answered) left[stage]++
    open -= images.length
    wake()
  }
  const sent = []
  const decoder = async () => {
    while (next < files.length) {
      while (open >= 2 * batchSize) await new Promise((resolve) => (wake = chained(wake, resolve)))
      if (next >= files.length) return
      open++
      const image = await decode(next++)
      batch.push(image)
      if (batch.length === batchSize) sent.push(send())
    }
  }
  await Promise.all(Array.from({ length: 4 }, decoder))
  if (batch.length > 0) sent.push(send())
  await Promise.all(sent)
  const seconds = (performance.now() - startedAt) / 1000
  console.log(`${(files.length / seconds).toFixed(1)} images/s, left at ${left}`)
  await worker.terminate()
}

function chained(first, second) {
  return () => {
    first()
    second()
  }
}

/** Of every label in turn, as --limit takes them. */
function listInTurn(folder) {
  const labels = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const lists = labels.map(({ name }) =>
    readdirSync(join(folder, name)).map((f) => join(folder, name, f)),
  )
  const longest = Math.max(...lists.map(({ length }) => length))
  const files = []
  for (let i = 0; i < longest; i++)
    for (const list of lists) if (i < list.length) files.push(list[i])
  return files
}
