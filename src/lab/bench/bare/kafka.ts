// kafkajs as the bare chain uses it: topics of one partition, sends that are coalesced, reads from the end
// that commit nothing. What fails ends the process. Nothing is closed: kafkajs would wait 5 s for the fetch
// that is under way, and there are no offsets and no topics to leave in order.
import { connect } from 'node:net'
import kafkajs, { type Kafka, type KafkaMessage } from 'kafkajs'
import { takeWaiting } from './take-waiting.ts'

interface BareKafka {
  /** While one send is under way for the topic, what comes meanwhile goes in the next one. */
  sender(topic: string): (key: Buffer, value: Uint8Array) => void
  /** Reads what comes to the topic from now on; resolves when it may come. */
  consume(topic: string, take: (messages: readonly KafkaMessage[]) => void): Promise<void>
}

export function createKafka(brokers: string): Kafka {
  return new kafkajs.Kafka({
    brokers: brokers.split(','),
    clientId: 'bare',
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: ({ host, port, onConnect }) => {
      const socket = connect({ host, port }, onConnect)
      socket.setKeepAlive(true, 60_000)
      // kafkajs leaves Nagle's algorithm on: without it a round trip takes some 3 % less here.
      socket.setNoDelay(true)
      return socket
    },
  })
}

export async function connectKafka(brokers: string): Promise<BareKafka> {
  const kafka = createKafka(brokers)
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  const admin = kafka.admin()
  await Promise.all([producer.connect(), admin.connect()])

  return {
    sender: (topic) => {
      const send = takeWaiting<Outgoing>(fitting, async (messages) => {
        await producer.send({ topic, acks: -1, messages: [...messages] })
      })
      return (key, bytes) => {
        const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        send({ key, value, partition: 0 })
      }
    },
    consume: async (topic, take) => {
      const [end] = await admin.fetchTopicOffsets(topic)
      const consumer = kafka.consumer({
        groupId: `${topic}.${process.pid}`,
        allowAutoTopicCreation: false,
      })
      consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
        // Thrown where nobody takes it: the process ends, and says why.
        if (!restart) setImmediate(() => raise(error))
      })
      await consumer.connect()
      await consumer.subscribe({ topic })
      // Said at once: what came between the joining and the first fetch would be stepped over.
      const joined = new Promise<void>((resolve) => {
        consumer.on(consumer.events.GROUP_JOIN, () => {
          consumer.seek({ topic, partition: 0, offset: end?.high ?? '0' })
          resolve()
        })
      })
      await consumer.run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          take(batch.messages)
          return Promise.resolve()
        },
      })
      await joined
    },
  }
}

interface Outgoing {
  readonly key: Buffer
  readonly value: Buffer
  readonly partition: 0
}

/** Largest batch of records that a broker takes unless it is told otherwise, less what their heads take. */
const maxSendBytes = 1_000_000

/** How many fit one send. */
function fitting(waiting: readonly Outgoing[]): number {
  let bytes = 0
  const count = waiting.findIndex(({ value }) => (bytes += value.length + 64) > maxSendBytes)
  return count === -1 ? waiting.length : Math.max(1, count)
}

function raise(error: Error): never {
  throw error
}
