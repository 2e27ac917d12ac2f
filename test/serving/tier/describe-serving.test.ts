import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeServing } from '../../../src/serving/tier/describe-serving.ts'
import { servedModels } from '../../helpers/served-models.ts'

const rule = { gives: 'logits', temperature: 1 } as const

test('a tier says at its start what it serves, by which thresholds, and where', () => {
  const models = {
    ...servedModels({ stages: [] }),
    info: { family: 'e6543f14', version: '2', thresholds: '1a2b3c4d' },
    rules: [
      [
        { ...rule, exit: 0, confidence: 'margin', threshold: 0.47 },
        { ...rule, exit: 1, confidence: 'softmax', threshold: 1.1 },
      ],
      [{ ...rule, exit: 2, confidence: 'softmax', threshold: 0.8, isLast: true }],
    ],
  } as const
  const place = { engine: 'onnx 1.30', requestTopic: 'to', replyTopic: 'from' }
  assert.equal(
    describeServing(models, { ...place, front: undefined }),
    'serves family e6543f14, version 2; thresholds 1a2b3c4d: exit 0 by margin 0.47, exit 1 never, exit 2 always; onnx 1.30; requests from to, replies to from; nobody in front',
  )
  assert.match(describeServing(models, { ...place, front: 'on' }), /; the front at on$/)
})
