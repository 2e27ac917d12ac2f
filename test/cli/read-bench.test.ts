import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readHopMs } from '../../src/cli/plan-measure.ts'
import { readBenchConfig } from '../../src/cli/read-bench.ts'
import type { PlanConfig } from '../../src/cli/read-plan.ts'
import { repoPath } from '../helpers/paths.ts'

function read(...argv: string[]) {
  const line = parseCommandLine('bench', argv, {})
  const problems = [...line.problems]
  return { ...readBenchConfig(line.values, problems), problems }
}

test('without flags it measures the shipped models on the sample images, which are there', () => {
  const { settings, problems } = read()
  assert.deepEqual(problems, [])
  assert.equal(settings.input.folder, repoPath('data', 'sample'))
  assert.deepEqual(
    settings.models,
    ['edge', 'fog', 'cloud'].map((name) => repoPath('saved_models', name)),
  )
})

test('a form is read with its quality, and a quality of pixels is refused', () => {
  const links = ['--link-profile', 'wan', '--cloud-only']
  assert.deepEqual(read(...links, 'uint8', 'jpeg', 'webp:65').settings.cloudOnly, [
    { send: 'uint8', quality: undefined },
    { send: 'jpeg', quality: undefined },
    { send: 'webp', quality: 65 },
  ])
  for (const word of ['gif', 'jpeg:0', 'jpeg:1.5', 'uint8:50']) {
    assert.match(read(...links, word).problems.join(), new RegExp(`--cloud-only .* got '${word}'`))
  }
})

test('a path of CIFAR-10 without CIFAR-10 is refused, as evaluate does', () => {
  assert.match(read('--cifar10-path', 'x').problems.join(), /--cifar10 with --cifar10-path/)
})

test('a hop is read from a committed bench, and a file that is none is refused by name', async () => {
  const from = (benchFile: string) => readHopMs({ hopMs: undefined, benchFile } as PlanConfig)
  const run = repoPath('bench', 'runs', '2026-11-29-epyc-2-peers', 'bench.json')
  const { hopMs } = await from(run)
  // Three hops took 10 to 12 of some 20 ms, and what is in no stage 1.5 (its PROFILE.md).
  assert.ok(hopMs > 3 && hopMs < 6, String(hopMs))
  await assert.rejects(from(repoPath('package.json')), { code: 'DDNN_INPUT_UNREADABLE' })
  await assert.rejects(from(repoPath('no-such.json')), { code: 'DDNN_INPUT_MISSING' })
})
