// `npm test`: makes every real part available, starts one Kafka, compiles the tests, runs them.
// Usage: node scripts/test.mjs [SUITE...]   a suite is a folder or file under test/; default all of them but
// containers, convert, k8s, live-page, package, peers, prometheus, tracing and video, which `npm run test:containers` and so on run
// It fails, naming what is missing, when a part could not be had; nothing is skipped.
import { spawn } from 'node:child_process'
import { appendFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBroker } from './kafka-broker.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const suites = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))

// Tests of links wait far more than they work (sessions that end, brokers that come back): they run one
// file at a time beside the rest, of which three files at a time fill two cores.
// Those of Kubernetes share one cluster, those of images what they have built, those of faults fill a machine.
const waiting = ['serving/transport', 'faults', 'k8s', 'containers'].map((suite) =>
  join('test', suite),
)

// Suites that need more of a machine (buildah, a Kubernetes API server, a registry, gigabytes of Python, ffmpeg, a Prometheus, Go): run only
// when named.
const onlyWhenNamed = [
  'containers',
  'convert',
  'k8s',
  'live-page',
  'package',
  'peers',
  'prometheus',
  'tracing',
  'video',
]

await Promise.all([
  step('npm', ['run', '--silent', 'build']),
  step('npx', ['tsc', '-p', 'tsconfig.test.json']),
])
await step(process.execPath, ['scripts/install-tensorflow.mjs'])
await step(process.execPath, ['scripts/check-onnxruntime.mjs'])
await step(process.execPath, ['scripts/install-chromium.mjs'])

const files = testFiles(join(root, 'test'))
if (files.length === 0) fail(`no test file matches ${suites.join(', ')}`)
const isWaiting = (file) => waiting.some((folder) => file.startsWith(folder))
const kafka = process.env.KAFKA_BROKERS === undefined ? await startBroker() : undefined
const env = {
  ...process.env,
  DDNN_REPO: root,
  DDNN_TEST_KAFKA: process.env.KAFKA_BROKERS ?? kafka.bootstrap,
}
const totals = { passed: 0, failed: 0, skipped: 0 }
let code = 0
try {
  let waited = ''
  const codes = await Promise.all([
    runTests(
      files.filter((file) => !isWaiting(file)),
      3,
      (text) => process.stdout.write(text),
    ),
    // Shown in one piece: reports of two runs that are mixed cannot be read.
    runTests(files.filter(isWaiting), 1, (text) => (waited += text)),
  ])
  process.stdout.write(waited)
  code = Math.max(...codes)
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

/** Whether images are built, or clusters started: that takes longer than any other test may. */
function isNamedOnly(tests) {
  return tests.every((file) => onlyWhenNamed.some((suite) => file.startsWith(join('test', suite))))
}

/** Exit code of one `node --test`, whose report goes to `show`; a skipped or todo test fails the run. */
function runTests(tests, concurrency, show) {
  if (tests.length === 0) return 0
  const args = ['--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec']
  // A file that hangs is a failure with a name, not a run without an end.
  args.push(`--test-timeout=${isNamedOnly(tests) ? 2_400_000 : 300_000}`, '--test-force-exit')
  args.push(...tests.map((file) => join(root, 'build', file)))
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let report = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      show(chunk)
      report += chunk
    })
    child.on('close', (exitCode) => {
      // The counts stand before what failed, which may be long.
      const counts = report.slice(report.lastIndexOf('\u2139 tests '))
      const count = (name) => Number(new RegExp(`^\\W*${name} (\\d+)`, 'm').exec(counts)?.[1] ?? 0)
      totals.passed += count('pass')
      totals.failed += count('fail') + count('cancelled')
      totals.skipped += count('skipped') + count('todo')
      resolve(exitCode === 0 && count('skipped') + count('todo') === 0 && count('pass') > 0 ? 0 : 1)
    })
  })
}

/** Ends this process when the command fails. */
function step(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
    child.on('error', (error) => fail(`${command} did not start: ${error.message}`))
    child.on('close', (status) => {
      if (status === 0) resolve()
      else fail(`${command} ${args.join(' ')} ended with ${status}`)
    })
  })
}

function fail(reason) {
  process.stderr.write(`npm test: ${reason}\n`)
  process.exit(1)
}
