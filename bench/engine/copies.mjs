// Part `copies`: what device, edge, fog and cloud copy of each image's tensors, by function, while images go
// through all of them over Kafka (engine/copy-meter.mjs says what is seen).
import { mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startDdnn } from '../chain/ddnn-chain.mjs'
import { startBroker } from '../../scripts/kafka-broker.mjs'
import { here } from '../chain/processes.mjs'

const part = 'copies'
const meter = new URL('./copy-meter.mjs', import.meta.url).href
const inFlight = 16

export async function measureCopies(run) {
  const { engines, scratch, images, add, note } = run
  const counts = mkdtempSync(join(scratch, 'copies-'))
  mkdirSync(counts, { recursive: true })
  const { NODE_OPTIONS: options = '' } = process.env
  const kafka = await startBroker()
  try {
    process.env.NODE_OPTIONS = `${options} --import ${meter}`
    process.env.DDNN_BENCH_COPIES = counts
    const chain = await startDdnn({
      folder: here,
      engine: engines[0],
      bootstrap: kafka.bootstrap,
      images: images.folder,
      more: ['--limit', '200'],
    })
    const { times } = await chain.run(inFlight, () => {})
    await chain.stop()
    note(part, describe(counts, times.length, add, engines[0]))
  } finally {
    process.env.NODE_OPTIONS = options
    delete process.env.DDNN_BENCH_COPIES
    await kafka.stop()
  }
}

function describe(folder, images, add, who) {
  const rows = []
  const read = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const threads = readdirSync(folder).map(read)
  const names = new Map(threads.filter(({ name }) => name).map(({ pid, name }) => [pid, name]))
  for (const { pid, threadId, counts } of threads) {
    const name = names.get(pid) ?? 'another process'
    for (const [place, { times, bytes }] of counts) {
      // What a start copies (code, weights) is not of an image.
      if (times < images / inFlight) continue
      const where = threadId === 0 ? name : `${name}, engine's thread`
      rows.push({ where, place, times: times / images, bytes: bytes / images })
      add({
        part,
        who,
        what: where,
        folder: place,
        round: 1,
        name: 'bytes_an_image',
        value: bytes / images,
      })
    }
  }
  const order = ['device', 'edge', 'fog', 'cloud']
  rows.sort(
    (a, b) =>
      order.findIndex((name) => a.where.startsWith(name)) -
        order.findIndex((name) => b.where.startsWith(name)) || b.bytes - a.bytes,
  )
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [
    `${images} images, ${inFlight} in flight, engine ${who}; all that was copied in pieces of 1 kB and more.`,
    '',
    line(['process', 'how, and where', 'times an image', 'bytes an image']),
    line(['---', '---', '---', '---']),
    ...rows.map(({ where, place, times, bytes }) =>
      line([where, `\`${place}\``, times.toFixed(2), bytes.toFixed(0)]),
    ),
  ].join('\n')
}
