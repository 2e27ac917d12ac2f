// Device, edge, fog and cloud of one built checkout of ddnn, every image sent to the cloud.
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runNode, startNode, stop } from './processes.mjs'
import { newTopics } from './topics.mjs'

/**
 * @param {{ folder: string, engine: string, bootstrap: string, images: string }} options `folder` is the
 *   checkout; its own dist/main.js and saved_models are run; `more` are further flags of the device.
 */
export async function startDdnn({ folder, engine, bootstrap, images, more = [] }) {
  const [host, port] = bootstrap.split(':')
  const topics = newTopics()
  const main = join(folder, 'dist/main.js')

  function link(side, requests, replies) {
    const [asked, answered] = side === 'back' ? ['consumer', 'producer'] : ['producer', 'consumer']
    return [
      ...[`--${asked}-${side}`, host, `--${asked}-${side}-port`, port],
      ...[`--${answered}-${side}`, host, `--${answered}-${side}-port`, port],
      ...[`--${asked}-${side}-topic`, requests, `--${answered}-${side}-topic`, replies],
    ]
  }
  const ends = {
    edge: [link('back', ...topics.device), link('front', ...topics.edge)],
    fog: [link('back', ...topics.edge), link('front', ...topics.fog)],
    cloud: [link('back', ...topics.fog)],
  }
  const common = ['--engine', engine, '--threshold', '1.1', '--log-format', 'json']
  const start = async ([name, links]) => {
    const args = ['--models', `saved_models/${name}`, '--name', name, ...common, ...links.flat()]
    return [name, await startNode(folder, [main, ...args])]
  }
  const tiers = Object.fromEntries(await Promise.all(Object.entries(ends).map(start)))

  /** How a device of this chain is started. */
  function deviceArgs({ name, images: folderOfImages, csv, inFlight }) {
    const args = [
      main,
      '-i',
      folderOfImages,
      '-l',
      'data/labels.txt',
      '--name',
      name,
      '-o',
      csv,
      ...more,
    ]
    return [...args, ...link('front', ...topics.device), '--max-in-flight', String(inFlight)]
  }

  /** Round trips in ms from the device's own CSV, images a second to its summary, what it spent. */
  async function run(inFlight, onStart) {
    const csv = join(mkdtempSync(join(tmpdir(), 'ddnn-bench-')), 'results.csv')
    const args = deviceArgs({ name: 'device', images, csv, inFlight })
    const { seconds, spent } = await runNode(folder, args, onStart)
    const [columns, ...rows] = readFileSync(csv, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(';'))
    const exits = new Set(rows.map((row) => row[columns.indexOf('Exit')]))
    if (exits.size !== 1 || !exits.has('cloud')) {
      throw new Error(`Expected every image to leave at the cloud, got ${[...exits]}`)
    }
    const times = rows.map((row) => Number(row[columns.indexOf('Prediction_Time')]) * 1000)
    return { times, rate: times.length / seconds, spent }
  }

  return { tiers, run, deviceArgs, stop: () => Promise.all(Object.values(tiers).map(stop)) }
}
