// Cases of brokers: a leader killed, all rolled one by one, a quorum lost.
import kafkajs from 'kafkajs'
import { pick, sleep, steady } from './steady.mjs'

/** The broker that leads the first partition of the topic from device to edge. */
async function leaderOf({ scene, cluster }) {
  const { Kafka, logLevel } = kafkajs
  const brokers = cluster.direct.split(',')
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = [scene.topic('device', 'edge')]
    const { topics: found } = await admin.fetchTopicMetadata({ topics })
    const { leader } = found[0].partitions.find(({ partitionId }) => partitionId === 0)
    return cluster.kafka.brokers[leader - 1]
  } finally {
    await admin.disconnect()
  }
}

async function killLeader(stage) {
  const awayMs = pick(stage, 15_000, 5000)
  return steady(stage, awayMs / 1000 + pick(stage, 25, 8), async () => {
    const broker = await leaderOf(stage)
    await broker.kill()
    await sleep(awayMs)
    await broker.start()
    await stage.cluster.kafka.ready()
  })
}

async function roll(stage) {
  const { brokers, ready } = stage.cluster.kafka
  const pauseMs = pick(stage, 5000, 0)
  return steady(stage, pick(stage, 150, 40), async () => {
    for (const broker of brokers) {
      await broker.stop()
      await broker.start()
      await ready()
      await sleep(pauseMs)
    }
  })
}

async function loseQuorum(stage) {
  const lostMs = 15_000
  const { brokers, ready } = stage.cluster.kafka
  return steady(
    stage,
    lostMs / 1000 + pick(stage, 40, 15),
    async () => {
      const lost = brokers.slice(0, 2)
      await Promise.all(lost.map((broker) => broker.kill()))
      await sleep(lostMs)
      await Promise.all(lost.map((broker) => broker.start()))
      await ready()
    },
    { timeoutMs: 120_000 },
  )
}

export const brokerCases = [
  {
    name: 'leader-killed',
    what: 'SIGKILL of the broker that leads; back after 15 s',
    bounds: "the broker's session at its controller (4 s here), then fresh metadata",
    limits: { worstMs: 20_000 },
    scene: { edges: 1 },
    run: killLeader,
  },
  {
    name: 'brokers-rolled',
    what: 'SIGTERM and restart of three brokers, one by one',
    bounds: 'one controlled hand-over a broker; a client that retries an answer that never comes',
    limits: { worstMs: 26_000 },
    scene: { edges: 1 },
    run: roll,
  },
  {
    name: 'quorum-lost',
    what: 'SIGKILL of two of three brokers for 15 s',
    bounds: 'the 15 s, the start of the brokers, and fresh metadata',
    limits: { worstMs: 45_000 },
    scene: { edges: 1 },
    run: loseQuorum,
  },
]
