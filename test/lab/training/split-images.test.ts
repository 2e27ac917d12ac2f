// scripts/split-images.mjs: the images that `ddnn train` keeps apart, out of all of its training sets.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { listTrainingSets, splitFiles } from '../../../src/lab/training/data-set.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { repoPath } from '../../helpers/paths.ts'

const root = tempFolder()
const sets = [join(root, 'first'), join(root, 'second')]

before(() => {
  // Labels of the second come before and between those of the first.
  for (const path of ['first/cat', 'first/dog', 'second/bird', 'second/cat', 'second/cow']) {
    mkdirSync(join(root, path), { recursive: true })
    for (let i = 0; i < 20; i++) writeFileSync(join(root, path, `${i}.jpg`), `${path} ${i}`)
  }
})

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [repoPath('scripts', 'split-images.mjs'), ...args], {
    encoding: 'utf8',
  })

test('it copies what training keeps apart of the first set, and nothing else', async () => {
  const out = join(root, 'out')
  const { status, stderr } = run(...sets, out, '--vsplit', '0.25', '--seed', '7')
  assert.equal(status, 0, stderr)
  const { files } = await listTrainingSets(sets)
  const kept = splitFiles(files, 0.25, 7).validation.filter(({ set }) => set === 0)
  const copied = readdirSync(out, { recursive: true }).map(String)
  assert.deepEqual(
    copied.filter((name) => name.endsWith('.jpg')).sort(),
    kept.map(({ name }) => name).sort(),
  )
  assert.equal(kept.length, 10)
})

test('a folder that holds files is refused, and one folder alone', () => {
  const full = run(sets[0] as string, sets[1] as string)
  assert.equal(full.status, 2)
  assert.match(full.stderr, /to be empty or not there, got files/)
  const one = run(sets[0] as string)
  assert.equal(one.status, 2)
  assert.match(one.stderr, /Expected the folders of the training, then one to write/)
})
