// Several engines as one. The parts are made up: what is tested is how they are put together.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubmodelSpec } from '../../../src/domain/submodel.ts'
import type { Engine, EngineName, Stage } from '../../../src/serving/engine/engine.ts'
import { joinEngines } from '../../../src/serving/engine/joined-engine.ts'

/** An engine that holds stages of these names, and counts how often it is disposed. */
function createPart(engine: EngineName, names: readonly string[]) {
  const calls = { disposed: 0 }
  let onGone: (error: Error) => void = () => undefined
  const stages = names.map((name) => ({ engine, spec: { name } as SubmodelSpec }) as Stage)
  const part = {
    description: `${engine} of the test`,
    stages,
    isServing: true as boolean,
    workload: { workers: 1, serving: 1, waiting: 2 },
    heldBytes: () => Promise.resolve(100),
    gone: new Promise<Error>((resolve) => (onGone = resolve)),
    dispose: () => {
      calls.disposed += 1
      return Promise.resolve()
    },
  } satisfies Engine
  return { part, calls, end: (error: Error) => onGone(error) }
}

test('one engine is itself', () => {
  const { part } = createPart('onnx', ['edge', 'fog'])
  assert.equal(joinEngines([{ engine: part, places: [0, 1] }]), part)
})

test('stages stand in the order of the network, whichever engine has them', () => {
  const onnx = createPart('onnx', ['edge', 'cloud'])
  const tensorflow = createPart('tensorflow', ['fog'])
  const joined = joinEngines([
    { engine: onnx.part, places: [0, 2] },
    { engine: tensorflow.part, places: [1] },
  ])
  assert.equal(joined.description, 'onnx of the test and tensorflow of the test')
  assert.deepEqual(
    joined.stages.map(({ engine, spec }) => [engine, spec.name]),
    [
      ['onnx', 'edge'],
      ['tensorflow', 'fog'],
      ['onnx', 'cloud'],
    ],
  )
})

test('it serves while all parts do, is gone with the first, and frees all', async () => {
  const parts = [createPart('onnx', ['edge']), createPart('wasm', ['fog'])]
  const joined = joinEngines(parts.map(({ part }, i) => ({ engine: part, places: [i] })))
  assert.equal(joined.isServing, true)
  const wasm = parts[1]
  assert.ok(wasm)
  wasm.part.isServing = false
  assert.equal(joined.isServing, false)
  const reason = new Error('20 failures')
  wasm.end(reason)
  assert.equal(await joined.gone, reason)
  await joined.dispose()
  assert.deepEqual(
    parts.map(({ calls }) => calls.disposed),
    [1, 1],
  )
})
