// `ddnn up` on a machine that has Node and nothing else: no Java, no Python, no Maven on the path, an empty cache.
// It fetches 80 MB, so it runs by name: npm run test:package.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCli, tempFolder, watch } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { descendantsOf, runningOf } from '../helpers/processes.ts'

test('the first answer comes from a Kafka that was not there before, by Node alone', async () => {
  const home = tempFolder()
  const bin = join(home, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  const ca = process.env['NODE_EXTRA_CA_CERTS']
  const proxy = process.env['HTTPS_PROXY']
  const env = {
    ...{ PATH: bin, HOME: home, DDNN_CACHE: join(home, 'cache') },
    ...(ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: ca }),
    ...(proxy === undefined ? {} : { HTTPS_PROXY: proxy }),
  }
  // Without the door of the shipped deployment, whose ports may be taken.
  const file = join(home, 'up.yaml')
  const tiers = ['edge', 'fog', 'cloud'].map(
    (name) => `  - { name: ${name}, models: shipped/${name} }`,
  )
  writeFileSync(file, `tiers:\n${tiers.join('\n')}\n`)
  const started = performance.now()
  const main = repoPath('dist', 'main.js')
  const up = watch(
    spawn(join(bin, 'node'), [main, 'up', file], {
      cwd: home,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  const [, line = ''] = await up.waitFor(/^ {2}(?:try|or) +(node .* --name device .*)$/m, 170_000)
  const device = await runCli([...line.split(' ').slice(2), '--limit', '1'], { cwd: home })
  assert.equal(device.code, 0, device.stderr)
  process.stdout.write(`first answer ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
  assert.match(up.output(), /^kafka \| Java \d+ from PyPI, \d+ MB$/m)
  assert.match(up.output(), /^kafka \| Kafka .*: \d+ jars from Maven's repository, \d+ MB$/m)
  const pids = descendantsOf(up.pid)
  assert.equal((await up.stop('SIGINT')).code, 130)
  assert.deepEqual(runningOf(pids), [])
})
