// --force: what a command did not make itself is written over with it alone.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { assertFree } from '../../src/cli/assert-free.ts'
import { manifests } from '../../src/cli/manifests.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { deploymentText, shippedTiers } from '../../src/serving/deployment/deployment-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'ddnn-free-'))
after(() => rmSync(folder, { recursive: true }))

test('files that are there are named, unless they are the own ones or --force is given', async () => {
  const names = ['bench.json', 'README.md'] as const
  await assertFree(folder, names, { isForced: false })
  writeFileSync(join(folder, 'README.md'), 'mine')
  await assert.rejects(assertFree(folder, names, { isForced: false }), {
    code: 'DDNN_CONFIG_INVALID',
    message: /^Expected no README\.md in '.*' yet, got one$/,
    hint: /--force/,
  })
  await assertFree(folder, names, { isForced: true })
  await assertFree(folder, names, { isForced: false, isOwn: (text) => text === 'mine' })
})

test('manifests are made again over those that ddnn made, and not over files of one\u2019s own', async () => {
  const file = join(folder, 'ddnn.yaml')
  const output = join(folder, 'k8s')
  writeFileSync(file, deploymentText({ tiers: shippedTiers }))
  const make = (...more: readonly string[]) =>
    manifests(
      parseCommandLine('manifests', [file, '-o', output, '--brokers', 'kafka:9092', ...more], {}),
    )
  const list = join(output, 'kustomization.yaml')
  await make()
  await make()
  writeFileSync(list, 'resources: [mine.yaml]\n')
  await assert.rejects(make(), { code: 'DDNN_CONFIG_INVALID', message: /kustomization\.yaml/ })
  assert.equal(readFileSync(list, 'utf8'), 'resources: [mine.yaml]\n')
  await make('--force')
  assert.match(readFileSync(list, 'utf8'), /^# Made by ddnn /)
})
