// One process of the bare chain: kafkajs alone, no ddnn and no engine in it, bytes taken in and sent on.
// What a chain over Kafka costs at least here; bench/chain.mjs starts it as device, edge, fog or cloud.
// Usage: node bench/bare-hop.mjs '{"brokers":"host:port","back":[requests,replies],"front":[requests,
// replies],"bytes":97200,"images":300,"inFlight":16}' - a hop without `back` is the device and ends
// after `images` with its times (ms) as JSON; one without `front` answers; `bytes` is what it sends on.
import kafkajs from 'kafkajs'

const hop = JSON.parse(process.argv[2])
const consumers = []
const kafka = new kafkajs.Kafka({ brokers: [hop.brokers], clientId: 'bare-hop', logLevel: 1 })
const producer = kafka.producer({ allowAutoTopicCreation: false })
await producer.connect()
const admin = kafka.admin()
await admin.connect()
if (hop.back === undefined) await drive()
else await relay()

async function relay() {
  const [requests, replies] = hop.back
  const answer = coalesced(replies)
  const ask = hop.front && coalesced(hop.front[0])
  const onRequest = ({ key, value }) => {
    // A hop writes its result into a buffer of its own; so is it here, out of the bytes that came.
    const bytes = Buffer.alloc(hop.bytes)
    value.copy(bytes)
    if (ask) ask(key, bytes)
    else answer(key, bytes)
  }
  if (hop.front) await consume(hop.front[1], ({ key, value }) => answer(key, Buffer.from(value)))
  await consume(requests, onRequest)
  await admin.disconnect()
  process.stderr.write('ready\n')
  process.once('SIGTERM', () => void close())
}

async function drive() {
  const { images, inFlight } = hop
  const ask = coalesced(hop.front[0])
  const sentAt = new Map()
  const times = []
  let next = 0
  let isDone
  const done = new Promise((resolve) => (isDone = resolve))
  const send = () => {
    const id = String(next++)
    sentAt.set(id, performance.now())
    ask(Buffer.from(id), Buffer.alloc(hop.bytes, next))
  }
  await consume(hop.front[1], ({ key }) => {
    times.push(performance.now() - sentAt.get(String(key)))
    if (next < images) send()
    else if (times.length === images) isDone()
  })
  await admin.disconnect()
  const startedAt = performance.now()
  while (next < Math.min(inFlight, images)) send()
  await done
  const seconds = (performance.now() - startedAt) / 1000
  await close()
  process.stdout.write(JSON.stringify({ times, seconds }))
}

/** While one send is under way for the topic, what comes meanwhile goes in the next one. */
function coalesced(topic) {
  let waiting = []
  let isSending = false
  const flush = async () => {
    isSending = true
    while (waiting.length > 0) {
      const messages = waiting
      waiting = []
      await producer.send({ topic, acks: -1, messages })
    }
    isSending = false
  }
  return (key, value) => {
    waiting.push({ key, value, partition: 0 })
    if (!isSending) void flush()
  }
}

/** Reads what comes to the topic from now on, in a group of its own that commits nothing; resolves when it may come. */
async function consume(topic, onMessage) {
  const [{ high: offset }] = await admin.fetchTopicOffsets(topic)
  const consumer = kafka.consumer({
    groupId: `${topic}.${process.pid}`,
    allowAutoTopicCreation: false,
  })
  consumers.push(consumer)
  await consumer.connect()
  await consumer.subscribe({ topic })
  // Said at once: what came between the joining and the first fetch would be stepped over.
  const joined = new Promise((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => {
      consumer.seek({ topic, partition: 0, offset })
      resolve()
    })
  })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => batch.messages.forEach(onMessage),
  })
  await joined
}

async function close() {
  await Promise.all(consumers.map((consumer) => consumer.disconnect()))
  await producer.disconnect()
}
