// A process that answers requests with the request itself, for tests that kill one. Settings come as
// JSON in the first argument; it writes a line when it is open and one for each request it handles.
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'

export interface EchoTierSettings {
  readonly bootstrap: string
  readonly requestTopic: string
  readonly replyTopic: string
  readonly groupId: string
  readonly sessionTimeoutMs: number
}

const settings = JSON.parse(process.argv[2] ?? '{}') as EchoTierSettings
const { requestTopic, replyTopic, groupId, sessionTimeoutMs } = settings
const transport = createKafkaTransport({
  requestBrokers: settings.bootstrap.split(','),
  clientId: 'echo-tier',
  sessionTimeoutMs,
  log: createSilentLog(),
  metrics: createMetrics(),
})
const link = transport.backLink({
  requestTopic,
  replyTopic,
  groupId,
  maxInFlight: 20,
  maxRequestBytes: 1000,
  maxReplyBytes: 1000,
})
await link.open(async (request) => {
  await request.reply(request.value)
  process.stdout.write(`${Buffer.from(request.value).toString()}\n`)
})
process.stdout.write('open\n')
