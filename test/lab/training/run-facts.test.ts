// A run goes on only as it began.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFacts } from '../../../src/lab/training/run-facts.ts'

test('a field of the recipe that is no longer given is another recipe, as one that is now', () => {
  const facts = { '--epochs': 3, 'recipe.weightDecay': 0.2, 'recipe.optimizer': 'adamw' }
  const { 'recipe.weightDecay': decay, ...fewer } = facts
  assert.throws(
    () => {
      checkFacts(fewer, facts)
    },
    { message: `Expected recipe.weightDecay to be ${decay} as when the run began, got none` },
  )
  assert.throws(
    () => {
      checkFacts(facts, fewer)
    },
    { message: /to be none as when/ },
  )
})

test('what is known of a run only later is no difference', () => {
  checkFacts({ '--epochs': 3 }, { '--epochs': 3, 'hash of the training images': 'ab' })
})
