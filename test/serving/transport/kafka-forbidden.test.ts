// A tier that may not be in its group any more, and then may again. Nothing may be left behind that is
// alive and never serves again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { createTestTopic, randomName, startKafka, withAdmin } from '../../helpers/kafka.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { until } from '../../helpers/until.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

test('a tier whose group is forbidden while it serves says so, and serves again when it is allowed', async () => {
  const guarded = await startKafka({
    config: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
    },
  })
  const { bootstrap } = guarded
  const requestTopic = await createTestTopic(guarded, 'requests')
  const topics = { requestTopic, replyTopic: await createTestTopic(guarded, 'replies') }
  const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
  const groupId = randomName('group')
  const { log, lines } = createLogSink()
  const common = {
    requestBrokers: [bootstrap],
    clientId: 'forbidden-test',
    metrics: createMetrics(),
  }
  const transport = createKafkaTransport({ ...common, log, sessionTimeoutMs: 1000 })
  const askers = createKafkaTransport({ ...common, log: createSilentLog() })
  const tier = transport.backLink({ ...topics, ...sizes, groupId, maxInFlight: 4 })
  const seen: string[] = []
  await tier.open((request) => {
    seen.push(Buffer.from(request.value).toString())
    return Promise.resolve()
  })
  const asker = askers.frontLink({
    ...topics,
    ...sizes,
    processId: 'p',
    ordinal: 0,
    replies: 'own',
  })
  await asker.open(() => undefined)
  const send = (value: string) =>
    asker.send({ value: Buffer.from(value), correlationId: `p:${value}` })
  await send('before')
  await until('a request to be taken', () => seen.includes('before'))

  const denial = {
    resourceType: AclResourceTypes.GROUP,
    resourceName: groupId,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:ANONYMOUS',
    host: '*',
    operation: AclOperationTypes.READ,
    permissionType: AclPermissionTypes.DENY,
  }
  await withAdmin(bootstrap, (admin) => admin.createAcls({ acl: [denial] }))
  await until('the tier to be out of its group', () => !tier.state.ready)
  await send('during')
  await until('the reason to be the group', () =>
    new RegExp(`not in the group '${groupId}': .*[Aa]uthorized`).test(tier.state.reason ?? ''),
  )
  await withAdmin(bootstrap, (admin) => admin.deleteAcls({ filters: [denial] }))
  await until('the tier to be ready again', () => tier.state.ready, 60_000)
  await until('the request sent meanwhile to be taken', () => seen.includes('during'))
  assert.deepEqual(
    lines.filter(({ msg }) => msg.includes(groupId)).map(({ level }) => level),
    [40, 30],
    lines.map(({ msg }) => msg).join('\n'),
  )
  await asker.close()
  await tier.close()
  await Promise.all([askers.close(), transport.close()])
  await guarded.stop()
})
