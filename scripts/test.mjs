// `npm test`: makes every real part available, starts one Kafka, compiles the tests, runs them.
// Usage: node scripts/test.mjs [SUITE...]   a suite is a folder or file under test/; default all of them but
// containers and k8s, which `npm run test:containers` and `npm run test:k8s` run
// It fails, naming what is missing, when a part could not be had; nothing is skipped.
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBroker } from './kafka-broker.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const suites = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))

// Tests of these folders share the machine badly with others (they measure time-outs or fill the
// cores), so they run one file at a time, after the rest.
const alone = ['e2e', 'transport']

// Suites that need more of a machine (buildah, a Kubernetes API server): run only when named.
const onlyWhenNamed = ['containers', 'k8s']

step('npx', ['tsc', '-p', 'tsconfig.json'])
step('npx', ['tsc', '-p', 'tsconfig.test.json'])
step(process.execPath, ['scripts/install-tensorflow.mjs'])
step(process.execPath, ['scripts/install-chromium.mjs'])

const files = testFiles(join(root, 'test'))
if (files.length === 0) fail(`no test file matches ${suites.join(', ')}`)
const isAlone = (file) => alone.some((folder) => file.startsWith(join('test', folder)))
const kafka = process.env.KAFKA_BROKERS === undefined ? await startBroker() : undefined
const env = {
  ...process.env,
  DDNN_REPO: root,
  DDNN_TEST_KAFKA: process.env.KAFKA_BROKERS ?? kafka.bootstrap,
}
const totals = { passed: 0, failed: 0, skipped: 0 }
let code = 0
try {
  code = Math.max(
    await runTests(
      files.filter((file) => !isAlone(file)),
      2,
    ),
    await runTests(files.filter(isAlone), 1),
  )
} finally {
  await kafka?.stop()
}
if (totals.skipped > 0) process.stderr.write(`npm test: ${totals.skipped} tests were skipped\n`)
process.stdout.write(`\n${totals.passed} passed, ${totals.failed + totals.skipped} failed\n`)
// `.ci/run` sums several runs up.
if (process.env.DDNN_TEST_TOTALS) {
  appendFileSync(
    process.env.DDNN_TEST_TOTALS,
    `${totals.passed} ${totals.failed + totals.skipped}\n`,
  )
}
process.exitCode = code

function testFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map((file) => join(relative(root, folder), file.toString()))
    .filter((file) => file.endsWith('.test.ts') && statSync(join(root, file)).isFile())
    .filter(isWanted)
    .map((file) => file.replace(/\.ts$/, '.js'))
    .sort()
}

function isWanted(file) {
  const isIn = (suite) => file.startsWith(join('test', suite))
  return suites.length > 0 ? suites.some(isIn) : !onlyWhenNamed.some((suite) => isIn(suite + sep))
}

/** Exit code of one `node --test`; a skipped or todo test fails the run. */
function runTests(tests, concurrency) {
  if (tests.length === 0) return 0
  const args = ['--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec']
  // A file that hangs is a failure with a name, not a run without an end.
  args.push('--test-timeout=300000', '--test-force-exit')
  args.push(...tests.map((file) => join(root, 'build', file)))
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let tail = ''
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk)
      tail = (tail + chunk).slice(-4000)
    })
    child.on('close', (exitCode) => {
      const count = (name) => Number(new RegExp(`^\\W*${name} (\\d+)`, 'm').exec(tail)?.[1] ?? 0)
      totals.passed += count('pass')
      totals.failed += count('fail') + count('cancelled')
      totals.skipped += count('skipped') + count('todo')
      resolve(exitCode === 0 && count('skipped') + count('todo') === 0 && count('pass') > 0 ? 0 : 1)
    })
  })
}

function step(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (result.status !== 0) fail(`${command} ${args.join(' ')} ended with ${result.status}`)
}

function fail(reason) {
  process.stderr.write(`npm test: ${reason}\n`)
  process.exit(1)
}
