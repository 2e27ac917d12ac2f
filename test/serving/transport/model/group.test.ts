// Members of a group against a model of its coordinator: who reads what, who may commit, and how they leave.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSilentLog } from '../../../../src/telemetry/log.ts'
import {
  GroupMember,
  type GroupMemberOptions,
} from '../../../../src/serving/transport/kafka/group/group-member.ts'
import * as bytes from '../../../../src/serving/transport/kafka/kafkajs/group-bytes.ts'
import { Assignment } from '../../../../src/serving/transport/kafka/requests/assignment.ts'
import { Committer } from '../../../../src/serving/transport/kafka/requests/committer.ts'
import { until } from '../../../helpers/until.ts'
import { ModelCluster, type ModelOptions } from './model-cluster.ts'
import { ModelError } from './model-error.ts'

const topic = 'requests'
const groupId = 'tier'
const log = createSilentLog()

function sceneOf(options: ModelOptions = {}) {
  const cluster = new ModelCluster(options)
  const group = cluster.group(groupId)
  const createMember = (more: Partial<GroupMemberOptions> = {}) => {
    const client = cluster.client()
    const reads: { partitions: readonly number[] | undefined } = { partitions: undefined }
    const member = new GroupMember({
      createChannel: () => client.channel(),
      bytes,
      groupId,
      topic,
      sessionTimeoutMs: 600,
      onJoined: ({ partitions }) => (reads.partitions = partitions),
      onLeaving: () => Promise.resolve(),
      onLeft: () => (reads.partitions = undefined),
      onSuspect: () => undefined,
      log,
      ...more,
    })
    return { member, line: client.line, reads }
  }
  return { cluster, group, createMember }
}

test('partitions are shared, and the last member reads them all', async () => {
  const { cluster, group, createMember } = sceneOf()
  cluster.make(topic, 4)
  const all = [createMember(), createMember()] as const
  for (const { member } of all) member.open()
  const read = () => all.map(({ reads }) => reads.partitions?.length ?? 0)
  await until('two of four partitions each', () => read().every((count) => count === 2))
  assert.deepEqual(all.flatMap(({ reads }) => reads.partitions ?? []).sort(), [0, 1, 2, 3])
  await all[0].member.close(1000)
  await until('all four partitions', () => read()[1] === 4)
  await all[1].member.close(1000)
  assert.equal(group.size, 0)
})

test('partitions that the asked broker did not know of yet are shared all the same', async () => {
  const { cluster, createMember } = sceneOf({ faults: [{ api: 'topics', nth: 0, kind: 'stale' }] })
  cluster.make(topic, 2)
  cluster.addPartitions(topic, 2)
  const { member, reads } = createMember()
  member.partitionsAre(4)
  member.open()
  await until('the two partitions of before', () => reads.partitions?.length === 2)
  await until('all four partitions', () => reads.partitions?.length === 4)
  await member.close(1000)
})

test('a topic that was missing when it was shared is shared when it is there', async () => {
  const { cluster, createMember } = sceneOf()
  const { member, reads } = createMember()
  member.open()
  await until('a share of nothing', () => reads.partitions?.length === 0)
  cluster.make(topic, 3)
  member.partitionsAre(3)
  await until('all three partitions', () => reads.partitions?.length === 3)
  await member.close(1000)
})

test('one that was away for longer than its session knows it, and commits nothing', async () => {
  const { cluster, group, createMember } = sceneOf()
  cluster.make(topic, 1)
  const away = createMember()
  away.member.open()
  await until('the partition', () => away.reads.partitions?.length === 1)
  assert.equal(away.member.isBeating, true)
  await away.member.commit([{ partition: 0, offset: 1n }])
  away.line.state = 'stalled'
  const other = createMember()
  other.member.open()
  await until('the other to read it', () => other.reads.partitions?.length === 1)
  assert.equal(away.member.isBeating, false)
  const late = away.member.commit([{ partition: 0, offset: 5n }]).catch((error: unknown) => error)
  away.line.state = 'open'
  assert.ok((await late) instanceof ModelError)
  assert.equal(group.committed.get(`${topic}/0`), 1n)
  await until('it to be back', () => away.reads.partitions !== undefined)
  await Promise.all([away.member.close(1000), other.member.close(1000)])
})

test('coordinators that forget all members are joined again, and their commits are kept', async () => {
  const { cluster, group, createMember } = sceneOf()
  cluster.make(topic, 1)
  let left = 0
  const { member, reads } = createMember({
    onLeft: () => {
      left++
      reads.partitions = undefined
    },
  })
  member.open()
  await until('the partition', () => reads.partitions?.length === 1)
  await member.commit([{ partition: 0, offset: 7n }])
  group.forgetMembers()
  await until('it to know', () => left === 1)
  await until('the partition again', () => reads.partitions?.length === 1)
  assert.deepEqual([...(await member.committed([0]))], [[0, 7n]])
  await member.close(1000)
})

test('one that is closed while it joins leaves nobody waiting for it', async () => {
  const { cluster, group, createMember } = sceneOf()
  cluster.make(topic, 1)
  const first = createMember()
  first.member.open()
  await until('the partition', () => first.reads.partitions?.length === 1)
  // The first one is cut off: whoever joins waits for it.
  first.line.state = 'stalled'
  const second = createMember()
  second.member.open()
  await until('two members', () => group.size === 2)
  await second.member.close(2000)
  await sleep(50)
  assert.ok(group.size <= 1)
  first.line.state = 'open'
  await first.member.close(1000)
})

test('a commit that was under way while its partition was placed anew acknowledges nothing there', async () => {
  const assignment = new Assignment([0])
  assignment.place(0, 90n)
  for (const offset of [90n, 91n]) {
    assignment.tracker(0)?.handOver(offset)
    assignment.tracker(0)?.done(offset)
  }
  const commits: bigint[] = []
  const committer = new Committer({
    current: () => assignment,
    commit: (offsets) => {
      commits.push(...offsets.map(({ offset }) => offset))
      if (commits.length > 1) return Promise.resolve()
      // The topic is made anew just now.
      assignment.place(0, 0n)
      assignment.tracker(0)?.handOver(0n)
      assignment.tracker(0)?.done(0n)
      return Promise.resolve()
    },
    onCommitted: () => undefined,
    intervalMs: 1,
    log,
  })
  await committer.flush()
  await committer.flush()
  await committer.end()
  assert.deepEqual(commits, [92n, 1n])
})
