// The choice among candidates: by hand, and what must hold for any chain, links and speeds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { candidatesOf, choosePlan, figureOf, isReached } from '../../../src/lab/plan/choose.ts'
import type { LatencyGoal } from '../../../src/lab/plan/latency-goal.ts'
import { parseLatencyGoal } from '../../../src/lab/plan/latency-goal.ts'
import { placementsOf } from '../../../src/lab/plan/placements.ts'
import type { Candidate, PlanOptions } from '../../../src/lab/plan/plan.ts'
import { withoutBeaten } from '../../../src/lab/plan/settings.ts'
import {
  anyFacts,
  anyOptions,
  madeFacts,
  madeOptions,
  makePlace,
  makeSetting,
} from './made-facts.ts'

const runs = { numRuns: 60 }

function describe({ arrangement: { tiers } }: Candidate): string {
  return tiers.map(({ place, from, to }) => `${place.name} ${from}-${to}`).join(', ')
}

test('the fastest split of the made chain is the one by hand', () => {
  const { chosen, best, count } = choosePlan(madeFacts, madeOptions)
  assert.ok(chosen)
  // Edge alone: 32.1 ms, and 6 more for a quarter; edge and cloud 39.3; the cloud alone 51.1 and more.
  assert.equal(describe(chosen), 'edge 0-2')
  assert.ok(Math.abs(chosen.meanMs - 33.6) < 1e-9, String(chosen.meanMs))
  assert.deepEqual(best.map(describe), ['edge 0-2', 'edge 0-1, cloud 1-2', 'cloud 0-2'])
  assert.equal(count, 3)
})

test('n submodels are laid over k places in all ways that do not go back', () => {
  const places = ['a', 'b', 'c', 'd'].map((name) => makePlace(name))
  assert.equal(placementsOf(3, places).length, 20)
  assert.equal(placementsOf(3, [makePlace('device', 1, false), ...places.slice(1)]).length, 10)
  const seen = new Set(placementsOf(3, places).map((tiers) => JSON.stringify(tiers)))
  assert.equal(seen.size, 20)
})

test('with a goal the most accurate plan that reaches it is chosen', () => {
  const settings = [makeSetting([0.9, 0.1], 0.88, 0.01), makeSetting([0, 1], 0.9, 0)]
  const facts = {
    ...madeFacts,
    groups: madeFacts.groups.map((group) => ({ ...group, settings })),
  }
  const chosenFor = (ms: number) =>
    choosePlan(facts, { ...madeOptions, goal: { figure: 'mean', ms } }).chosen
  // All at the edge is 38.1 ms for all images, 32.7 where nine of ten leave at the first exit.
  assert.equal(chosenFor(39)?.setting.accuracy, 0.9)
  assert.equal(chosenFor(33)?.setting.accuracy, 0.88)
  assert.equal(chosenFor(32), undefined)
})

test('a goal out of reach names the nearest plan, and what more loss would bring', () => {
  const settings = [makeSetting([0.5, 0.5]), makeSetting([1, 0], 0.8, 0.1)]
  const facts = {
    ...madeFacts,
    groups: madeFacts.groups.map((group) => ({ ...group, settings })),
  }
  const plan = choosePlan(facts, { ...madeOptions, goal: { figure: 'mean', ms: 33 } })
  assert.equal(plan.chosen, undefined)
  assert.ok(Math.abs((plan.best[0]?.meanMs ?? 0) - 35.1) < 1e-9)
  assert.equal(plan.lossier?.setting.loss, 0.1)
})

test('the chosen plan is never worse than any candidate that reaches the goal', () => {
  const goals = fc.record({
    figure: fc.constantFrom('mean' as const, 'p95' as const),
    ms: fc.integer({ min: 5, max: 400 }),
  })
  const demands = fc.option(
    fc.record({
      rate: fc.integer({ min: 1, max: 400 }),
      devices: fc.constantFrom(1, 50),
      utilisation: fc.constant(0.7),
      maxReplicas: fc.integer({ min: 1, max: 8 }),
    }),
    { nil: undefined },
  )
  let reached = 0
  const property = fc.property(
    anyFacts,
    anyOptions,
    goals,
    demands,
    (facts, given, goal, demand) => {
      const options = { ...given, goal, demand }
      const { chosen, best } = choosePlan(facts, options)
      const all = [...candidatesOf(facts, options)]
      const reaching = all.filter((candidate) => isReached(candidate, goal))
      assert.equal(chosen === undefined, reaching.length === 0)
      for (const candidate of reaching) {
        assert.ok(chosen && chosen.setting.accuracy >= candidate.setting.accuracy)
        reached++
      }
      const figures = all.filter(({ problems }) => problems.length === 0)
      if (chosen !== undefined || figures.length === 0 || best[0] === undefined) return
      const nearest = best[0]
      assert.deepEqual(nearest.problems, [])
      assert.ok(figures.every((one) => figureOf(nearest, goal) <= figureOf(one, goal)))
    },
  )
  fc.assert(property, runs)
  assert.ok(reached > 0)
})

test('without a goal no candidate is faster than the chosen one', () => {
  fc.assert(
    fc.property(anyFacts, anyOptions, (facts, options) => {
      const { chosen } = choosePlan(facts, options)
      assert.ok(chosen)
      for (const candidate of candidatesOf(facts, options)) {
        assert.ok(chosen.meanMs <= candidate.meanMs)
      }
    }),
    runs,
  )
})

test('a faster link never makes the plan slower', () => {
  const demand = { rate: 20, devices: 4, utilisation: 0.7, maxReplicas: 100 }
  const meanOf = (...[facts, options]: Parameters<typeof choosePlan>) =>
    choosePlan(facts, options).chosen?.meanMs ?? Infinity
  fc.assert(
    fc.property(
      anyFacts,
      anyOptions,
      fc.integer({ min: 0, max: 2 }),
      fc.double({ min: 1, max: 100, noNaN: true }),
      fc.boolean(),
      (facts, given, which, factor, isLoaded) => {
        const options = { ...given, demand: isLoaded ? demand : undefined }
        const faster: PlanOptions = {
          ...options,
          links: {
            name: 'faster',
            links: options.links.links.map((link, i) =>
              i !== which
                ? link
                : {
                    ...link,
                    delayMs: link.delayMs / factor,
                    upBitsPerSecond: link.upBitsPerSecond * factor,
                    downBitsPerSecond: link.downBitsPerSecond * factor,
                  },
            ),
          },
        }
        assert.ok(meanOf(facts, faster) <= meanOf(facts, options) * (1 + 1e-9))
      },
    ),
    runs,
  )
})

test('where links and codecs cost nothing, all runs at the fastest place', () => {
  fc.assert(
    fc.property(anyFacts, anyOptions, (given, { places, ...options }) => {
      const free: PlanOptions = {
        ...options,
        places: places.map((place, i) => makePlace(place.name, i + 1)),
        links: {
          name: 'free',
          links: options.links.links.map((link) => ({
            ...link,
            delayMs: 0,
            upBitsPerSecond: Infinity,
            downBitsPerSecond: Infinity,
          })),
        },
        costs: { ...options.costs, hopMs: 0 },
      }
      const facts = {
        ...given,
        readMs: 0,
        images: given.images.map((image) => ({ ...image, encodeMs: 0, decodeMs: 0 })),
        // One form of features must not be the better network.
        groups: given.groups.map((group) => ({
          ...group,
          settings: given.groups[0]?.settings ?? [],
        })),
      }
      const { chosen } = choosePlan(facts, free)
      assert.deepEqual(
        chosen?.arrangement.tiers.map(({ place }) => place.name),
        ['cloud'],
      )
    }),
    runs,
  )
})

test('a setting that another one beats everywhere is left out, and the best plan stays', () => {
  const slow = makeSetting([0.2, 0.8], 0.8)
  const good = makeSetting([0.5, 0.5], 0.85)
  const other = makeSetting([0.1, 0.9], 0.9)
  assert.deepEqual(withoutBeaten([slow, good, other, good]), [other, good])
  fc.assert(
    fc.property(anyFacts, anyOptions, (facts, options) => {
      const fewer = {
        ...facts,
        groups: facts.groups.map((group) => ({
          ...group,
          settings: withoutBeaten(group.settings),
        })),
      }
      const [all, left] = [choosePlan(facts, options), choosePlan(fewer, options)]
      assert.ok(Math.abs((all.chosen?.meanMs ?? 0) - (left.chosen?.meanMs ?? 1)) < 1e-9)
    }),
    runs,
  )
})

test('goals are read as they are typed', () => {
  const rows: readonly [string, LatencyGoal | undefined][] = [
    ['mean<=80ms', { figure: 'mean', ms: 80 }],
    ['p95 <= 1.5s', { figure: 'p95', ms: 1500 }],
    ['P95<120', { figure: 'p95', ms: 120 }],
    ['median<=80ms', undefined],
    ['mean>=80ms', undefined],
    ['mean<=0ms', undefined],
    ['mean<=80ms faster', undefined],
  ]
  for (const [text, goal] of rows) assert.deepEqual(parseLatencyGoal(text), goal, text)
})
