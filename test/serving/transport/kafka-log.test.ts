// What kafkajs would put on stderr and ddnn does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { kafkaLog } from '../../../src/serving/transport/kafka/kafkajs/log.ts'

test('the warning of a timer in the past is dropped, others are heard', async () => {
  kafkaLog(createSilentLog())
  kafkaLog(createSilentLog())
  const heard: string[] = []
  process.on('warning', ({ name }) => heard.push(name))
  // Node 24 warns of the first by itself; older ones do not.
  setTimeout(() => undefined, -Date.now())
  process.emitWarning('-1 is a negative number', 'TimeoutNegativeWarning')
  process.emitWarning('of a test', 'OtherWarning')
  process.emitWarning('of a test', { type: 'ThirdWarning' })
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(heard, ['OtherWarning', 'ThirdWarning'])
})
