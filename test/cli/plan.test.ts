// `ddnn plan` from its flags to its files, on the shipped models and the sample images.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readPlanConfig } from '../../src/cli/read-plan.ts'
import { startCli } from '../helpers/cli.ts'
import { assertForm } from '../helpers/json-form.ts'
import { repoPath } from '../helpers/paths.ts'

const scratch = mkdtempSync(join(tmpdir(), 'ddnn-plan-test-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

function read(...argv: string[]) {
  const { values, problems } = parseCommandLine(
    'plan',
    ['--models', 'm', '-i', 'images', ...argv],
    {},
  )
  const found = [...problems]
  return { config: readPlanConfig(values, found), problems: found }
}

test('places, speeds and goals are read, and a device with a speed may hold submodels', () => {
  const { config, problems } = read(
    '--speed',
    'device=0.1',
    'cloud=4',
    '--latency-goal',
    'p95<=90ms',
  )
  assert.deepEqual(problems, [])
  assert.deepEqual(
    config.places.map(({ name, speed, isHost }) => [name, speed, isHost]),
    [
      ['device', 0.1, true],
      ['edge', 1, true],
      ['fog', 1, true],
      ['cloud', 4, true],
    ],
  )
  assert.deepEqual(config.goal, { figure: 'p95', ms: 90 })
  assert.equal(read().config.places[0]?.isHost, false)
  assert.deepEqual(
    read('--places', 'cloud').config.places.map(({ isHost }) => isHost),
    [false, false, false, true],
  )
})

test('what is wrong with the flags is said in one go', () => {
  const rows: readonly [string[], RegExp][] = [
    [
      ['--speed', 'mist=2'],
      /--speed to be PLACE=NUMBER above 0, of device, edge, fog, cloud, got 'mist=2'/,
    ],
    [['--speed', 'edge=0'], /--speed to be PLACE=NUMBER above 0.*got 'edge=0'/],
    [['--places', 'attic'], /--places to be of device.*got 'attic'/],
    [['--latency-goal', 'median<=3'], /--latency-goal to be as mean<=80ms.*got 'median<=3'/],
    [['--image-forms', 'png'], /--image-forms to be uint8, jpeg.*got 'png'/],
    [['--image-forms', 'webp:0'], /got 'webp:0'/],
    [['--devices', '3'], /--rate with --devices/],
    [['--hop-ms', '3', '--bench', 'x.json'], /--hop-ms or --bench, got both/],
    [['--cifar10'], /--input .* or --cifar10, got both/],
  ]
  for (const [argv, expected] of rows) assert.match(read(...argv).problems.join(), expected)
})

test('a plan is printed, written and applied to the manifests, and a goal out of reach is refused', async () => {
  const models = ['edge', 'fog', 'cloud'].map((name) => {
    const folder = join(scratch, name)
    cpSync(repoPath('saved_models', name), folder, { recursive: true })
    return folder
  })
  const out = join(scratch, 'out')
  const args = ['plan', '--models', ...models, '-i', repoPath('data', 'sample')]
  const few = ['--limit', '20', '--max-batch-size', '2', '--log-level', 'error']
  // However slow a machine that other tests share: a device keeps up, and pixels take longer on their way than a JPEG does.
  const links = join(scratch, 'links.yaml')
  const slow = '{ delay: 1ms, up: 1mbit, down: 1mbit }'
  writeFileSync(links, `wan: { device-edge: ${slow}, edge-fog: ${slow}, fog-cloud: ${slow} }\n`)
  const speeds = ['--speed', 'edge=0.2', 'cloud=5', '--hop-ms', '2', '--rate', '0.2']
  const done = await startCli([
    ...args,
    ...few,
    ...speeds,
    '--links',
    links,
    '--image-forms',
    'uint8',
    'jpeg',
    '--apply',
    '-o',
    out,
  ]).ended
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /Chosen \(\*\): the least mean latency of [\d,]+ plans/)
  assert.match(done.stdout, /ddnn --name device -i IMAGES -l LABELS --send jpeg/)
  assert.ok(existsSync(join(out, 'plan.html')))
  assertForm('plan', readFileSync(join(out, 'plan.json'), 'utf8'))
  const plan = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8')) as {
    best: { meanMs: number }[]
    chosen: { meanMs: number; setting: { thresholds: number[]; loss: number } }
    calibration: { record: { version: string } }
  }
  assert.ok(plan.best.every(({ meanMs }) => plan.chosen.meanMs <= meanMs || meanMs === null))
  assert.ok(plan.chosen.setting.loss <= 0.01 + 1e-9)
  const manifests = models.map(
    (folder) =>
      JSON.parse(readFileSync(join(folder, 'ddnn.json'), 'utf8')) as {
        exits: { threshold?: number }[]
        calibration: { version: string }
      },
  )
  assert.deepEqual(
    manifests.flatMap(({ exits }) => exits[0]?.threshold ?? []),
    plan.chosen.setting.thresholds,
  )
  for (const { calibration } of manifests) {
    assert.equal(calibration.version, plan.calibration.record.version)
  }

  const goal = ['--latency-goal', 'mean<=1ms']
  const refused = await startCli([...args, ...few, ...goal, '--image-forms', 'jpeg']).ended
  assert.equal(refused.code, 2, refused.stderr)
  assert.match(
    refused.stderr,
    /Expected a plan of mean <= 1 ms .*: the nearest has mean \d+\.\d ms; /,
  )
  assert.match(refused.stdout, /Split/)
})
