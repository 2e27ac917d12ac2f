// What leaving early saved, by hand-made outcomes and facts of a chain.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChainFacts } from '../../src/domain/tier-facts.ts'
import { savingsOf } from '../../src/report/savings.ts'
import { createSummary } from '../../src/report/summary.ts'
import { summaryTable } from '../../src/report/summary-table.ts'
import { failureOf, outcomeOf, replyOf } from './outcomes.ts'

const exit = (index: number, accuracy: number | undefined, multiplyAdds: number | undefined) => ({
  ...{ index, accuracy, multiplyAdds },
})
const chain: ChainFacts = {
  tiers: [
    { tier: 'edge', exits: [exit(0, 0.7, 100)], offloadBytes: 1000 },
    { tier: 'fog', exits: [exit(1, 0.8, 300)], offloadBytes: 500 },
    { tier: 'cloud', exits: [exit(2, 0.9, 600)], offloadBytes: undefined },
  ],
  imageBytes: 3000,
}

/** Two leave at the edge, one at the fog, one at the cloud; one has no answer. */
function summaryOf() {
  const summary = createSummary()
  for (const [i, predictions] of [[1], [0], [0, 1], [0, 0, 1]].entries()) {
    summary.add(outcomeOf(i, { reply: replyOf(predictions) }))
  }
  summary.add(failureOf(4))
  return summary.build(1000)
}

test('compute is that of the exits that ran, bytes those of the features that went on', () => {
  const { tiers, answered } = summaryOf()
  const savings = savingsOf(tiers, answered, chain)
  // 4 x 100 at the edge, 2 x 300 at the fog, 600 at the cloud, of 4 x 1000.
  assert.equal(savings.computeShare, 1600 / 4000)
  assert.equal(savings.sentBytes, 2 * 1000 + 500)
  assert.equal(savings.imageBytes, 4 * 2 * 3000)
})

test('the table says what each tier scores on all images, and what was saved', () => {
  const text = summaryTable(summaryOf(), chain)
  assert.match(text, /edge\D+2 \D+50\.0 %\D+50\.0 %\D+70\.0 %/)
  assert.match(text, /cloud\D+1 \D+25\.0 %\D+100\.0 %\D+90\.0 %/)
  assert.match(text, /Leaving early took 40\.0 % of the multiply-adds/)
  assert.match(text, /at most 2\.5 kB of features, in place of 24\.0 kB/)
})

test('what is not known is not said', () => {
  const { tiers, answered } = summaryOf()
  const silent = (at: number) => ({
    ...chain,
    tiers: chain.tiers.map((tier, i) =>
      i === at ? { ...tier, exits: [exit(i, undefined, undefined)] } : tier,
    ),
  })
  assert.equal(savingsOf(tiers, answered, silent(1)).computeShare, undefined)
  // Features are known all the same.
  assert.equal(savingsOf(tiers, answered, silent(1)).sentBytes, 2500)
  const cut = { ...chain, tiers: chain.tiers.slice(0, 2) }
  assert.deepEqual(savingsOf(tiers, answered, cut), {
    ...{ computeShare: undefined, sentBytes: undefined, imageBytes: undefined },
  })
  assert.doesNotMatch(summaryTable(summaryOf()), /Leaving early|Between tiers|Accuracy is of/)
  assert.match(summaryTable(summaryOf(), silent(1)), /fog\D+1 \D+25\.0 %\D+100\.0 % . +- /)
})

test('one tier with all exits saves compute, and has no links', () => {
  const summary = createSummary()
  const reply = { ...replyOf([1]), tier: 'model' }
  summary.add(outcomeOf(0, { reply }))
  const exits = [exit(0, 0.7, 100), exit(1, 0.9, 1000)]
  const alone = { tiers: [{ tier: 'model', exits, offloadBytes: undefined }], imageBytes: 3000 }
  const { tiers, answered } = summary.build(10)
  assert.deepEqual(savingsOf(tiers, answered, alone), {
    ...{ computeShare: 0.1, sentBytes: undefined, imageBytes: undefined },
  })
})

test('a run of one tier says what its last column is, and one in which none left early says so', () => {
  const summary = createSummary()
  summary.add(outcomeOf(0, { reply: { ...replyOf([1]), tier: 'model' } }))
  const alone = { tiers: [{ tier: 'model', exits: [exit(0, 0.9, 1000)], offloadBytes: undefined }] }
  const text = summaryTable(summary.build(10), { ...alone, imageBytes: 3000 })
  assert.match(text, /^On all: what the tier alone scores/m)
  assert.match(text, /^No image left early: each took the multiply-adds of the whole network/m)
  assert.doesNotMatch(text, /Accuracy is of|Leaving early/)
})
