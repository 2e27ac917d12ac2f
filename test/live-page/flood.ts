// A gateway whose models take a fixed time, asked for so many images a second from within: what the live page is to bear.
// Run by flood.test.ts: FOLDER RATE. Says its port, then what it answered whenever it is asked.
import { resolveRun } from '../../src/cli/roles.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { openGateway } from '../../src/compose/gateway.ts'
import { createContext } from '../../src/compose/links.ts'
import { openPage } from '../../src/compose/page.ts'
import { serveHealth } from '../../src/telemetry/health.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'

const [folder = '', rate = '5000'] = process.argv.slice(2)
const argv = ['--name', 'flood', '--models', folder, '--http-port', '0', '--max-batch-size', '64']
const { values, problems } = parseCommandLine('run', argv, {})
const found = [...problems]
const config = resolveRun(values, found)
if (config?.role !== 'gateway') throw new Error(found.join('; '))

const metrics = createMetrics()
const bare = createContext(config.name, createSilentLog(), { metrics })
const page = openPage(config, bare, () => [])
const context = { ...bare, watch: page.watch }
const gateway = await openGateway(config, undefined, context, new AbortController().signal, {
  onWarm: () => undefined,
})
const health = await serveHealth({
  ...{ host: '127.0.0.1', port: 0, metrics },
  missing: () => [],
  loading: () => [],
  door: (request, response) => page.handle(request, response),
})

const tickMs = 10
const image = { dtype: 'uint8', shape: [8, 8, 3], data: new Uint8Array(192).fill(90) } as const
const call = { budgetMs: 30_000, signal: new AbortController().signal }
const startedAt = performance.now()
let asked = 0
let answered = 0
setInterval(() => {
  const due = ((performance.now() - startedAt) / 1000) * Number(rate)
  for (; asked < due; asked += 1) {
    void gateway.backend.answer(image, call).then(() => (answered += 1))
  }
}, tickMs)
process.on('message', () => {
  process.send?.({ answered, seconds: (performance.now() - startedAt) / 1000 })
})
process.on('disconnect', () => process.exit(0))
process.send?.({ port: health.port })
