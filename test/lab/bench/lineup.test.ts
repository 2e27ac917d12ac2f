import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answererNames } from '../../../src/lab/bench/lineup.ts'
import { readModels } from '../../../src/compose/models.ts'
import { repoPath } from '../../helpers/paths.ts'

test('over Kafka a submodel answers by its tier, in one process by its own name, so --exits means one thing', async () => {
  const models = [repoPath('saved_models', 'model')]
  const byFolder = await readModels(models)
  assert.deepEqual(answererNames({ models, over: 'process' }, byFolder), ['edge', 'fog', 'cloud'])
  assert.deepEqual(answererNames({ models, over: 'kafka' }, byFolder), ['model', 'model', 'model'])
})
