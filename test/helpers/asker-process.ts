// A process that asks, for tests that freeze or kill one. Settings come as JSON in the first argument;
// it writes one line of JSON for each step: 'open', 'sent', then a line for each request that ended.
import { createSilentLog } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../src/serving/transport/requester.ts'

export interface AskerSettings {
  readonly bootstrap: string
  readonly requestTopic: string
  readonly replyTopic: string
  readonly processId: string
  readonly count: number
  readonly budgetMs: number
  readonly sessionTimeoutMs: number
}

export interface AskerLine {
  readonly step: 'open' | 'sent' | 'reply' | 'failed' | 'end'
  readonly request?: string
  readonly reply?: string
  readonly code?: string
}

const settings = JSON.parse(process.argv[2] ?? '{}') as AskerSettings
const say = (line: AskerLine) => process.stdout.write(`${JSON.stringify(line)}\n`)

const { requestTopic, replyTopic, processId, count, budgetMs } = settings
const log = createSilentLog()
const metrics = createMetrics()
const transport = createKafkaTransport({
  requestBrokers: settings.bootstrap.split(','),
  clientId: processId,
  sessionTimeoutMs: settings.sessionTimeoutMs,
  log,
  metrics,
})
const requester = createRequester(
  transport.frontLink({
    requestTopic,
    replyTopic,
    processId,
    ordinal: undefined,
    replies: 'own',
    maxRequestBytes: 1000,
    maxReplyBytes: 1000,
  }),
  { processId, topic: requestTopic, maxInFlight: count, log, metrics },
)
await requester.open()
say({ step: 'open' })
const asked = Array.from({ length: count }, async (_, index) => {
  const request = `r${index}`
  try {
    const { value } = await requester.ask(Buffer.from(request), { budgetMs })
    say({ step: 'reply', request, reply: Buffer.from(value).toString() })
  } catch (error) {
    say({ step: 'failed', request, code: (error as { code?: string }).code ?? String(error) })
  }
})
say({ step: 'sent' })
await Promise.all(asked)
await requester.close()
await transport.close()
say({ step: 'end' })
