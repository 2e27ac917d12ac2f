// A scene of the chaos run: edge, fog and cloud as real processes on topics of their own, and a device over
// many images. Cases (cases-*.mjs) do something to it; verdict.mjs says what became of the images.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRows, manyNames, tempFolder } from './images.mjs'
import { readMetrics, startNode, sumOf } from './process.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/**
 * Starts the tiers and resolves when all are ready.
 * @param {{ root: string, cluster: object, images: string, engine: string, threshold: number, edges?: number,
 *   via?: readonly string[], clocks?: Record<string, number> }} options
 *   `via` names the processes whose links go through the proxies; `clocks` are how far the clock of a tier is
 *   off, milliseconds.
 */
export async function openScene(options) {
  const { root, cluster, engine, threshold, edges = 2, via = [], clocks = {} } = options
  const id = randomBytes(4).toString('hex')
  const topic = (from, to) => `${from}-${to}.${id}`
  const nodes = new Set()
  let devices = 0

  const link = (name, side, requests, replies) => {
    const hosts = via.includes(name) ? cluster.via : cluster.direct
    const [requestEnd, replyEnd] =
      side === 'back' ? ['consumer', 'producer'] : ['producer', 'consumer']
    return [
      ...[`--${requestEnd}-${side}`, hosts, `--${requestEnd}-${side}-topic`, requests],
      ...[`--${replyEnd}-${side}`, hosts, `--${replyEnd}-${side}-topic`, replies],
    ]
  }
  const linksOf = {
    edge: () => [
      ...link('edge', 'back', topic('device', 'edge'), topic('edge', 'device')),
      ...link('edge', 'front', topic('edge', 'fog'), topic('fog', 'edge')),
    ],
    fog: () => [
      ...link('fog', 'back', topic('edge', 'fog'), topic('fog', 'edge')),
      ...link('fog', 'front', topic('fog', 'cloud'), topic('cloud', 'fog')),
    ],
    cloud: () => link('cloud', 'back', topic('fog', 'cloud'), topic('cloud', 'fog')),
    solo: () => link('solo', 'back', topic('device', 'solo'), topic('solo', 'device')),
  }

  // An older checkout has no codecs.
  const exact = readFileSync(join(root, 'docs', 'flags.md'), 'utf8').includes('--feature-codec')

  const scene = {
    id,
    topic,
    nodes,
    /** Starts a replica of a tier; resolves when it is ready. `solo` is an edge that has nobody in front. */
    async start(tier) {
      const model = tier === 'solo' ? 'edge' : tier
      const args = ['--models', join(root, 'saved_models', model), '--name', tier]
      args.push('--engine', engine, '--threshold', String(threshold), '--log-format', 'json')
      args.push('--http-port', '0', '--http-host', '127.0.0.1', '--start-timeout-ms', '60000')
      // Answers are held against a local run's, whose features cross no link: by the value, not by a codec.
      if (exact && tier !== 'cloud') args.push('--feature-codec', 'float32')
      const shift = clocks[tier]
      const off = {
        nodeArgs: ['--import', here('clock-shift.mjs')],
        env: { FAULTS_CLOCK_SHIFT_MS: String(shift) },
      }
      const node = startNode(
        root,
        tier,
        [...args, ...linksOf[tier]()],
        shift === undefined ? {} : off,
      )
      nodes.add(node)
      node.port = Number((await node.waitFor(/health on port (\d+)/))[1])
      await node.waitFor(/"msg":"ready"/)
      return node
    },
    /** The running replicas of a tier, oldest first. */
    of: (tier) => [...nodes].filter((node) => node.name === tier && node.isRunning),
    /** A device over `count` images, or on with a `csv` of another; `rate` is images a second, undefined as fast as it goes. */
    device({ count, rate, inFlight = 64, timeoutMs = 60_000, args = [], csv, to = 'edge' }) {
      const folder = csv?.folder ?? manyNames(options.images, count)
      const file = csv?.file ?? join(tempFolder(), 'results.csv')
      const pace = rate === undefined ? [] : ['--preprocess', here('paced-preprocess.mjs')]
      const device = startNode(
        root,
        'device',
        [
          ...[
            '-i',
            folder,
            '-l',
            join(root, 'data', 'labels.txt'),
            '--name',
            `device-${devices++}`,
          ],
          ...['-o', file, '--max-in-flight', String(inFlight), '--timeout-ms', String(timeoutMs)],
          ...['--log-format', 'json', ...pace, ...args],
          ...link('device', 'front', topic('device', to), topic(to, 'device')),
        ],
        { env: { FAULTS_RATE: String(rate ?? 0), FAULTS_ROOT: root } },
      )
      nodes.add(device)
      // A device that hangs is ended: its exit code and the missing rows say so.
      const dueMs = rate === undefined ? 0 : (count / rate) * 1000
      const timer = setTimeout(() => device.signal('SIGKILL'), dueMs + 2 * timeoutMs + 120_000)
      void device.ended.then(() => clearTimeout(timer))
      return Object.assign(device, {
        count,
        csv: { folder, file },
        rows: () => readRows(file),
      })
    },
    /** Replies that came twice, over all processes that still run. */
    async duplicates() {
      const tiers = [...nodes].filter((node) => node.port !== undefined && node.isRunning)
      const samples = await Promise.all(tiers.map(({ port }) => readMetrics(port).catch(() => [])))
      return samples.reduce(
        (sum, one) => sum + sumOf(one, 'ddnn_replies_total', { kind: 'duplicate' }),
        0,
      )
    },
    async close() {
      await Promise.all(
        [...nodes].filter((node) => node.isRunning).map((node) => node.stop('SIGKILL')),
      )
    },
  }
  try {
    // All at once: each waits for the brokers alone.
    await Promise.all([
      ...Array.from({ length: edges }, () => scene.start('edge')),
      scene.start('fog'),
      scene.start('cloud'),
    ])
  } catch (thrown) {
    await scene.close()
    throw thrown
  }
  return scene
}

/** Resolves when the device has as many rows; rejects when it ends before. */
export async function untilRows(device, count, timeoutMs = 60_000) {
  const deadline = performance.now() + timeoutMs
  while (device.rows().length < count) {
    if (!device.isRunning) throw new Error(`the device ended early:\n${device.output()}`)
    if (performance.now() > deadline) {
      throw new Error(`Expected ${count} rows in ${timeoutMs} ms, got ${device.rows().length}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
