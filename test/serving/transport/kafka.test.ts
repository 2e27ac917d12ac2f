// The Kafka transport against a real broker: the contract.
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { deadLetterTopic } from '../../../src/serving/transport/dead-letter.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { transportContract } from '../../contract/transport-contract.ts'
import { readTopic, startKafka, testClient } from '../../helpers/kafka.ts'

transportContract('Kafka', async () => {
  const kafka = await startKafka()
  return {
    transport: () =>
      createKafkaTransport({
        requestBrokers: kafka.bootstrap.split(','),
        clientId: 'contract',
        log: createSilentLog(),
        metrics: createMetrics(),
      }),
    async sendRaw(topic, value, headers) {
      const producer = testClient(kafka.bootstrap).producer()
      await producer.connect()
      await producer.send({ topic, messages: [{ value: Buffer.from(value), headers }] })
      await producer.disconnect()
    },
    deadLetters: (topic, count) => readTopic(kafka, deadLetterTopic(topic), count),
    close: () => kafka.stop(),
  }
})
