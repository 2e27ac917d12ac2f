// Exits that are asked for the learned criterion: with weights they decide by it, without they are refused at the start.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLearned } from '../../src/compose/check-learned.ts'
import { judge } from '../../src/domain/exit.ts'
import { startMemory } from '../../src/domain/exit-memory.ts'
import { learnedConfidence } from '../../src/domain/learned.ts'
import { resolveRules, type RuleOptions } from '../../src/domain/rules.ts'
import type { ExitSpec, SubmodelSpec } from '../../src/domain/submodel.ts'
import { DdnnError } from '../../src/errors.ts'

const learned = { bias: 0.1, odds: 1.2, margin: -0.1, entropy: 0, energy: 0, classes: [0, 0.5, 0] }
const fromManifest: RuleOptions = { confidence: undefined, threshold: undefined }
const asked: RuleOptions = { confidence: 'learned', threshold: undefined }

function edge(changes: Partial<ExitSpec>): SubmodelSpec {
  const exit: ExitSpec = {
    ...{ index: 0, gives: 'logits', temperature: 0.7, threshold: 0.6, accuracy: undefined },
    ...changes,
  }
  return {
    ...{ name: 'edge', folder: '/models/edge', format: 'tfjs-layers', exits: [exit] },
    ...{ family: undefined, version: undefined, place: undefined, input: undefined },
    ...{ features: undefined, labels: undefined, preprocessing: undefined },
  }
}

/** The rule of its exit of three classes. */
function ruleOf(spec: SubmodelSpec, options: RuleOptions) {
  const rules = resolveRules([spec], [1], options)
  checkLearned([spec], rules, [[3]])
  const [rule] = rules.flat()
  assert.ok(rule)
  return rule
}

function refusal(spec: SubmodelSpec, options: RuleOptions): DdnnError {
  try {
    ruleOf(spec, options)
  } catch (thrown) {
    if (thrown instanceof DdnnError) return thrown
    throw thrown
  }
  throw new Error('not refused')
}

test('an exit that was taught decides by what it learned, and its reply says so', () => {
  const rule = ruleOf(edge({ criterion: 'learned', learned }), fromManifest)
  assert.equal(rule.threshold, 0.6)
  const values = [0.5, 2, -1]
  const { criterion, confidence } = judge(values, rule, startMemory())
  assert.equal(criterion, 'learned')
  assert.equal(confidence, learnedConfidence(values, 0.7, learned))
})

test('what was taught can be asked for where the manifest leaves by another criterion, which has its threshold', () => {
  const rule = ruleOf(edge({ criterion: 'margin', learned }), asked)
  assert.equal(rule.confidence, 'learned')
  assert.equal(rule.threshold, 0.8)
})

test('an exit that was never taught is refused, with what to do', () => {
  const { code, message, hint } = refusal(edge({}), asked)
  assert.equal(code, 'DDNN_CONFIG_INVALID')
  assert.match(message, /got none for exit 0, of 'edge'/)
  assert.match(hint ?? '', /ddnn calibrate --criterion learned/)
})

test('a manifest with the criterion and no weights, or with those of other classes, is damaged', () => {
  for (const [exit, words] of [
    [edge({ criterion: 'learned' }), /weights of the learned criterion/],
    [edge({ criterion: 'learned', learned: { ...learned, classes: [0, 1] } }), /Expected 3.*got 2/],
  ] as const) {
    const { code, message } = refusal(exit, fromManifest)
    assert.equal(code, 'DDNN_MODEL_DAMAGED')
    assert.match(message, words)
  }
})
