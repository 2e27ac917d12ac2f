// OpenTelemetry's collector as a test's own: takes OTLP over HTTP, and hands what it took to the test's sink.
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { pathToFileURL } from 'node:url'
import { freePort } from '../helpers/free-port.ts'
import { watch, type RunningCli } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { startSpanSink, type SentSpan } from '../helpers/span-sink.ts'
import { until } from '../helpers/until.ts'

export interface RunningCollector {
  readonly url: string
  /** All that were taken so far. */
  spans(): readonly SentSpan[]
  /** On the same port again. */
  start(): Promise<void>
  stop(): Promise<void>
  close(): Promise<void>
}

export async function startCollector(): Promise<RunningCollector> {
  const program = await findCollector()
  const sink = await startSpanSink()
  const port = await freePort()
  const config = `yaml:${JSON.stringify(configOf(port, sink.url))}`
  let running: RunningCli | undefined
  const start = async () => {
    running = watch(spawn(program, ['--config', config], { stdio: ['ignore', 'pipe', 'pipe'] }))
    await until('the collector', () => isOpen(port))
  }
  const stop = async () => void (await running?.stop('SIGTERM'))
  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () => sink.spans(),
    start,
    stop,
    async close() {
      await stop()
      sink.close()
    },
  }
}

/** Answers only when the sink has what came. */
function configOf(port: number, sink: string) {
  return {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: {
      otlp_http: {
        ...{ endpoint: sink, encoding: 'json', compression: 'none' },
        ...{ sending_queue: { enabled: false }, retry_on_failure: { enabled: false } },
      },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: ['otlp_http'] } },
    },
  }
}

async function findCollector(): Promise<string> {
  const script = pathToFileURL(repoPath('scripts', 'find-collector.mjs')).href
  const { findCollector: find } = (await import(script)) as {
    readonly findCollector: (say?: (line: string) => void) => Promise<string>
  }
  return find((line) => console.error(line))
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (isOpened: boolean) => {
      socket.destroy()
      resolve(isOpened)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
  })
}
