// The acknowledgement of a Produce is lost on its way: whether the broker has the record is not known.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { repoPath } from '../../../helpers/paths.ts'
import {
  FaultScene,
  endsOfTopic,
  startProxiedKafka,
  text,
  type ProxiedKafka,
} from './fault-scene.ts'

const clusterAuthorizationFailed = 31

let kafka: ProxiedKafka
before(async () => {
  kafka = await startProxiedKafka()
})
after(() => kafka.stop())

const count = async (topic: string) =>
  (await endsOfTopic(kafka.bootstrap, topic)).reduce((sum, end) => sum + end, 0)

/** Runs `act`, in which an acknowledgement is lost. */
async function losing<T>(act: () => Promise<T>): Promise<T> {
  const before = kafka.proxy.counts.swallowed
  kafka.proxy.swallowNextProduce()
  try {
    return await act()
  } finally {
    assert.equal(kafka.proxy.counts.swallowed, before + 1)
  }
}

for (const replies of ['own', 'all'] as const) {
  const who = replies === 'own' ? 'a tier' : 'an original'
  test(`a request to ${who} is sent, and stands in its topic once`, async (t) => {
    const scene = new FaultScene(kafka.bootstrap)
    t.after(() => scene.close())
    const { link } = await scene.front(replies, { bootstrap: kafka.proxied })
    await link.send({ value: Buffer.from('first') })
    await losing(() => link.send({ value: Buffer.from('second') }))
    await link.send({ value: Buffer.from('third') })
    assert.equal(await count(scene.requestTopic), 3)
  })
}

test('requests that are asked together are each answered, and stand in their topic once', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const tier = await scene.tier()
  const asker = await scene.asker({ bootstrap: kafka.proxied })
  assert.equal(await asker.ask('warm'), 'warm!')
  const values = Array.from({ length: 20 }, (_, index) => `r${index}`)
  const answers = await losing(() => Promise.all(values.map((value) => asker.ask(value))))
  assert.deepEqual(
    answers,
    values.map((value) => `${value}!`),
  )
  assert.equal(await count(scene.requestTopic), 21)
  assert.deepEqual(tier.taken.slice().sort(), ['warm', ...values].sort())
})

test('a reply is sent, its asker is answered, and it stands in its topic once', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  let isLosing = false
  const { taken } = await scene.tier({
    bootstrap: kafka.proxied,
    onRequest: async (request) => {
      const reply = () => request.reply(Buffer.from(`${text(request.value)}!`))
      await (isLosing ? losing(reply) : reply())
    },
  })
  const asker = await scene.asker()
  assert.equal(await asker.ask('first'), 'first!')
  isLosing = true
  assert.equal(await asker.ask('second'), 'second!')
  isLosing = false
  assert.equal(await asker.ask('third'), 'third!')
  assert.equal(await count(scene.replyTopic), 3)
  assert.deepEqual(taken, ['first', 'second', 'third'])
})

test('without a producer id a request to an original is refused rather than sent twice', async (t) => {
  t.after(refuseProducerIds())
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const { link, lines } = await scene.front('all', { bootstrap: kafka.proxied })
  await link.send({ value: Buffer.from('first') })
  assert.ok(lines.some(({ msg }) => msg.includes('no producer id')))
  await losing(() =>
    assert.rejects(link.send({ value: Buffer.from('second') }), {
      code: 'DDNN_TRANSPORT_UNREACHABLE',
      retriable: true,
    }),
  )
  assert.equal(await count(scene.requestTopic), 2)
  await link.send({ value: Buffer.from('third') })
  assert.equal(await count(scene.requestTopic), 3)

  // A tier tells one request from another: it is sent until the broker says so.
  const other = new FaultScene(kafka.bootstrap)
  t.after(() => other.close())
  await other.tier()
  const asker = await other.asker({ bootstrap: kafka.proxied })
  assert.equal(await asker.ask('first'), 'first!')
  assert.equal(await losing(() => asker.ask('second')), 'second!')
})

interface Sending {
  send: (protocol: { readonly request: { readonly apiName: string } }) => Promise<unknown>
}

/**
 * As brokers before Kafka 2.8 answer a login that may write to topics and no more; later ones give a producer
 * id to all who may write anything, so that none of them refuses it to this test.
 */
function refuseProducerIds(): () => void {
  const require = createRequire(repoPath('package.json'))
  const { prototype } = require('kafkajs/src/network/connection') as { prototype: Sending }
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
    readonly createErrorFromCode: (code: number) => Error
  }
  const send = prototype.send
  prototype.send = function (this: Sending, protocol) {
    if (protocol.request.apiName !== 'InitProducerId') return send.call(this, protocol)
    return Promise.reject(createErrorFromCode(clusterAuthorizationFailed))
  }
  return () => (prototype.send = send)
}
