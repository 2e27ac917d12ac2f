// The tiers in front as they tell of themselves: who answers, who is silent, and since when.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from '../../../src/domain/reply.ts'
import { Neighbours } from '../../../src/serving/watch/neighbours.ts'

const chainOf = ([name, ...rest]: readonly string[]): Reply | undefined =>
  name === undefined
    ? undefined
    : {
        tier: name,
        result: undefined,
        computeMs: 0,
        totalMs: 0,
        fallback: false,
        labelsHash: undefined,
        problem: undefined,
        about: { version: '1', family: 'f', input: [1] },
        next: chainOf(rest),
      }

/** A clock that is turned by hand, and answers one after the other: names of tiers, or nobody. */
function scene(answers: readonly (readonly string[] | undefined)[]) {
  let now = 0
  const left = [...answers]
  const budgets: number[] = []
  const neighbours = new Neighbours(
    (budgetMs) => {
      budgets.push(budgetMs)
      const names = left.shift()
      now += names === undefined ? budgetMs : 10
      const reply = names === undefined ? undefined : chainOf(names)
      return reply === undefined ? Promise.reject(new Error('silent')) : Promise.resolve(reply)
    },
    () => now,
  )
  const shown = () => neighbours.list().map(({ name, state }) => `${name} ${state}`)
  return { neighbours, shown, budgets, wait: (ms: number) => (now += ms), now: () => now }
}

test('whoever answers is there, nearest first', async () => {
  const { neighbours, shown } = scene([['edge', 'fog', 'cloud']])
  assert.deepEqual(shown(), [])
  await neighbours.askOnce()
  assert.deepEqual(shown(), ['edge answers', 'fog answers', 'cloud answers'])
})

test('a tier that drops out of the answer is silent at once, with the time since it was heard', async () => {
  const { neighbours, shown, wait } = scene([['fog', 'cloud'], ['fog'], ['fog', 'cloud']])
  await neighbours.askOnce()
  wait(300)
  await neighbours.askOnce()
  assert.deepEqual(shown(), ['fog answers', 'cloud silent'])
  wait(1000)
  assert.equal(Math.round(neighbours.list()[1]?.silentMs ?? 0), 1310)
  await neighbours.askOnce()
  assert.deepEqual(shown(), ['fog answers', 'cloud answers'])
  assert.equal(neighbours.list()[1]?.silentMs, 0)
})

test('a tier that stays silent is asked more seldom', async () => {
  const { neighbours, wait } = scene([['fog', 'cloud'], ['fog'], ['fog'], ['fog', 'cloud']])
  assert.ok((await neighbours.askOnce()) < 300)
  assert.ok((await neighbours.askOnce()) < 300)
  wait(11_000)
  assert.equal(await neighbours.askOnce(), 1000)
  assert.ok((await neighbours.askOnce()) < 300)
})

test('a question that nobody answers makes all silent, but those that replies came from meanwhile', async () => {
  const { neighbours, shown, wait } = scene([['fog', 'cloud'], undefined, undefined])
  await neighbours.askOnce()
  wait(300)
  await neighbours.askOnce()
  assert.deepEqual(shown(), ['fog silent', 'cloud silent'])
  neighbours.heard('fog')
  neighbours.heard('somebody')
  assert.deepEqual(shown(), ['fog answers', 'cloud silent'])
})

test('a tier of another name is another chain: what stood behind the former is forgotten', async () => {
  const { neighbours, shown } = scene([
    ['edge', 'fog', 'cloud'],
    ['edge', 'fog2'],
  ])
  await neighbours.askOnce()
  await neighbours.askOnce()
  assert.deepEqual(shown(), ['edge answers', 'fog2 answers'])
})

test('a chain that is slow gets more time, and one that waited for a dead tier does not', async () => {
  const { neighbours, budgets } = scene([['fog', 'cloud'], ['fog'], ['fog'], undefined, undefined])
  for (let i = 0; i < 5; i += 1) await neighbours.askOnce()
  assert.deepEqual(budgets.slice(1, 4), [500, 500, 500])
  assert.ok((budgets[4] ?? 0) > 500, String(budgets))
})

test('replicas are those that answered lately', async () => {
  const instances = ['a', 'b', 'a', 'a']
  let now = 0
  const neighbours = new Neighbours(
    () => {
      const life = { instance: instances.shift() ?? '', ...idle }
      const about = { version: '1', family: 'f', input: [1], life }
      return Promise.resolve({ ...(chainOf(['edge']) as Reply), about })
    },
    () => now,
  )
  await neighbours.askOnce()
  await neighbours.askOnce()
  assert.equal(neighbours.list()[0]?.replicas, 2)
  now += 9000
  await neighbours.askOnce()
  now += 2000
  assert.equal(neighbours.list()[0]?.replicas, 1)
})

const idle = {
  inFlight: 0,
  perSecond: 0,
  receivedBytesPerSecond: 0,
  sentBytesPerSecond: 0,
  fallbacks: 0,
  errors: 0,
}
