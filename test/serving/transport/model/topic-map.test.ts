// The map of topics as several brokers tell it, of which some lag behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../helpers/property.ts'
import type {
  Channel,
  PartitionView,
  TopicView,
} from '../../../../src/serving/transport/kafka/port.ts'
import {
  TopicMap,
  type TopicChange,
} from '../../../../src/serving/transport/kafka/cluster/topic-map.ts'

function viewOf(
  id: string | undefined,
  leaders: readonly (readonly [number, number])[],
): TopicView {
  const partitions = leaders.map(([leader, leaderEpoch], partition): PartitionView => ({
    partition,
    leader,
    leaderEpoch,
    replicas: [],
    inSync: [],
  }))
  return { topic: 't', id, partitions }
}

/** A map with a topic in use, and what it tells of it. */
function sceneOf(now?: () => number) {
  let answer: readonly TopicView[] = []
  let asked = 0
  const channel = {
    topics: async () => {
      asked++
      await Promise.resolve()
      return answer
    },
  } as unknown as Channel
  const map = new TopicMap(channel, now)
  map.add('t')
  const changes: TopicChange[] = []
  const stop = map.onChange('t', (change) => changes.push(change))
  const tell = async (view: TopicView | undefined) => {
    answer = view === undefined ? [] : [view]
    await map.refresh()
  }
  return { map, changes, stop, tell, asked: () => asked }
}

test('a broker that lags behind never takes back what a newer one told', async () => {
  // Lives of the topic, each with its partitions' leaders as they came after one another.
  const lives = fc.array(
    fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 6 }), // which partition gets a new leader
    { minLength: 1, maxLength: 2 },
  )
  await fc.assert(
    fc.asyncProperty(lives, fc.array(fc.nat({ max: 30 }), { maxLength: 40 }), async (all, told) => {
      const views = all.flatMap((moves, life) => {
        const leaders = [1, 2, 3].map((leader): readonly [number, number] => [leader, 0])
        return [undefined, ...moves].map((move) => {
          const before = move === undefined ? undefined : leaders[move]
          if (move !== undefined && before !== undefined) {
            leaders[move] = [(before[0] % 3) + 1, before[1] + 1]
          }
          return viewOf(`life ${life}`, leaders)
        })
      })
      const { map, changes, tell } = sceneOf()
      let newest = -1
      for (const one of [0, ...told]) {
        const index = one % views.length
        await tell(views[index])
        newest = Math.max(newest, index)
        const expected = views[newest]
        assert.equal(map.view('t')?.id, expected?.id)
        for (const { partition, leaderEpoch } of expected?.partitions ?? []) {
          assert.ok((map.partition('t', partition)?.leaderEpoch ?? -1) >= leaderEpoch)
        }
      }
      const ids = changes.map(({ view }) => view.id)
      for (const [index, { isAnew }] of changes.entries()) {
        assert.equal(isAnew, index > 0 && ids[index] !== ids[index - 1])
      }
    }),
    { seed: 20250106, numRuns: 300 },
  )
})

test('it is anew when its id is another, and not when it was only missing', async () => {
  const { changes, tell, map } = sceneOf()
  await tell(viewOf('a', [[1, 0]]))
  await tell(undefined)
  assert.deepEqual(map.missing, ['t'])
  assert.equal(map.view('t')?.id, 'a')
  await tell(viewOf('a', [[2, 1]]))
  assert.deepEqual(map.missing, [])
  await tell(viewOf('b', [[1, 0]]))
  await tell(viewOf('a', [[3, 7]]))
  assert.deepEqual(
    changes.map(({ view, isAnew }) => [view.id, isAnew]),
    [
      ['a', false],
      ['a', false],
      ['b', true],
    ],
  )
  assert.equal(map.leader('t', 0), 1)
})

test('a life that ended is believed again when nothing else is told for long', async () => {
  let nowMs = 0
  const { changes, tell, map } = sceneOf(() => nowMs)
  // The first broker that was asked knew more than the second one, or less.
  await tell(viewOf('b', [[1, 0]]))
  await tell(viewOf('a', [[2, 0]]))
  assert.equal(map.view('t')?.id, 'a')
  for (nowMs = 0; nowMs < 14_000; nowMs += 1000) await tell(viewOf('b', [[1, 0]]))
  assert.equal(map.view('t')?.id, 'a')
  // One that lags too: what was told before it begins anew.
  await tell(viewOf('a', [[2, 0]]))
  for (const endMs = nowMs + 14_000; nowMs < endMs; nowMs += 1000) await tell(viewOf('b', [[1, 0]]))
  assert.equal(map.view('t')?.id, 'a')
  nowMs += 5000
  await tell(viewOf('b', [[1, 0]]))
  await tell(viewOf('a', [[2, 0]]))
  assert.equal(map.view('t')?.id, 'b')
  assert.equal(changes.length, 3)
})

test('where brokers tell no ids, it is anew when it was missing meanwhile', async () => {
  const { changes, tell } = sceneOf()
  await tell(viewOf(undefined, [[1, -1]]))
  await tell(viewOf(undefined, [[2, -1]]))
  await tell(undefined)
  await tell(viewOf(undefined, [[2, -1]]))
  assert.deepEqual(
    changes.map(({ isAnew }) => isAnew),
    [false, false, true],
  )
})

test('a broker that tells no id, among others that do, makes nothing anew', async () => {
  const { changes, tell, map } = sceneOf()
  await tell(viewOf('a', [[1, 3]]))
  await tell(viewOf(undefined, [[2, -1]]))
  await tell(viewOf('a', [[2, 4]]))
  assert.ok(changes.every(({ isAnew }) => !isAnew))
  assert.equal(map.view('t')?.id, 'a')
  assert.equal(map.leader('t', 0), 2)
})

test('who led in a former epoch is remembered, and not across a life of the topic', async () => {
  const { tell, map } = sceneOf()
  await tell(viewOf('a', [[1, 0]]))
  await tell(viewOf('a', [[2, 1]]))
  await tell(viewOf('a', [[-1, 2]]))
  assert.equal(map.leader('t', 0), undefined)
  assert.equal(map.leaderOf('t', 0, 0), 1)
  assert.equal(map.leaderOf('t', 0, 1), 2)
  assert.equal(map.leaderOf('t', 0, 2), undefined)
  await tell(viewOf('b', [[3, 0]]))
  assert.equal(map.leaderOf('t', 0, 0), 3)
  assert.equal(map.leaderOf('t', 0, 1), undefined)
})

test('what is the same is told to nobody, and nobody who stopped listening is told', async () => {
  const { changes, stop, tell } = sceneOf()
  await tell(viewOf('a', [[1, 0]]))
  await tell(viewOf('a', [[1, 0]]))
  assert.equal(changes.length, 1)
  stop()
  await tell(viewOf('a', [[2, 1]]))
  assert.equal(changes.length, 1)
})

test('who asks while it is being asked shares the answer', async () => {
  const { map, asked } = sceneOf()
  await Promise.all([map.refresh(), map.refresh(), map.refresh()])
  assert.equal(asked(), 1)
  await map.refresh()
  assert.equal(asked(), 2)
})

test('a topic that came into use while it was being asked is asked for before that is told', async () => {
  const { map } = sceneOf()
  const asked: (readonly string[])[] = []
  const channel = {
    topics: (names: readonly string[]) => {
      asked.push([...names])
      return Promise.resolve([])
    },
  } as unknown as Channel
  const other = new TopicMap(channel)
  other.add('t')
  const first = other.refresh()
  other.add('u')
  await other.refresh()
  await first
  assert.ok(asked.some((names) => names.includes('u')))
  assert.equal(map.view('u'), undefined)
})
