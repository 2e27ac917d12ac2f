// `ddnn demo` on every Node that package.json promises, with and without each optional engine, from a checkout and from
// the package as npm installs it: the log names the engine, and the answers are the same.
// DDNN_MATRIX=FOLDER writes README.md and summary.md there: bench/runs/*-engines-matrix.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { answerOfRow, readCsv, tempFolder } from '../helpers/cli.ts'
import { demoEngines, type DemoEnd } from '../helpers/demo-engines.ts'
import { npxDdnn, userEnv } from '../helpers/packed.ts'
import { repoPath } from '../helpers/paths.ts'
import { installInto, packCopy } from './setup.ts'

const run = promisify(execFile)

const packages = { onnx: 'onnxruntime-node', tensorflow: '@tensorflow/tfjs-node' } as const
type Native = keyof typeof packages
const combinations: readonly (readonly Native[])[] = [
  ['onnx', 'tensorflow'],
  ['onnx'],
  ['tensorflow'],
  [],
]
const majors = [20, 22, 24]

/** Where ddnn is, how `demo` is started there by a Node, and its packages. */
interface Place {
  readonly name: 'checkout' | 'package'
  readonly folder: string
  demo(node: string): Promise<Ended>
}
type Ended = Omit<DemoEnd, 'csv'>

interface Cell {
  readonly place: string
  readonly node: string
  readonly installed: string
  readonly engine: string
  readonly images: number
}

const cells: Cell[] = []
const places: Place[] = []
const nodes = new Map<number, string>()
/** What the first demo answered, by image. */
let expected: ReadonlyMap<string, string> | undefined

before(
  async () => {
    const script = pathToFileURL(repoPath('scripts', 'node-versions.mjs')).href
    const { ensureNode } = (await import(script)) as {
      ensureNode: (major: number) => Promise<string>
    }
    for (const major of majors) nodes.set(major, await ensureNode(major))
    places.push(checkout(), await installed())
  },
  { timeout: 1_800_000 },
)
after(() => {
  writeMatrix()
  for (const { folder } of places) rmSync(folder, { recursive: true })
})

/** What `node dist/main.js` runs of: a copy, so that engines can be taken away, with links to this checkout's packages. */
function checkout(): Place {
  const folder = tempFolder()
  for (const path of ['dist', 'saved_models', 'data', 'package.json']) {
    cpSync(repoPath(path), join(folder, path), { recursive: true })
  }
  for (const name of packagesOf(repoPath('node_modules'))) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    symlinkSync(repoPath('node_modules', name), join(folder, 'node_modules', name))
  }
  const demo = (node: string) => {
    const options = { cwd: folder, env: userEnv(), maxBuffer: 16 << 20, timeout: 120_000 }
    return run(node, ['dist/main.js', ...demoArgs], options).then(
      (ended) => ({ code: 0, ...ended }),
      (ended: Ended) => ended,
    )
  }
  return { name: 'checkout', folder, demo }
}

function packagesOf(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    if (name.startsWith('.')) return []
    if (!name.startsWith('@')) return [name]
    return readdirSync(join(folder, name)).map((one) => `${name}/${one}`)
  })
}

/** The tarball in an empty folder, with both engines; started by npx of that Node. */
async function installed(): Promise<Place> {
  const { tarball } = await packCopy()
  const folder = await installInto(tarball)
  rmSync(dirname(tarball), { recursive: true })
  const script = join(folder, 'node_modules', 'ddnn', 'scripts', 'install-tensorflow.mjs')
  await run(process.execPath, [script], { cwd: folder, env: userEnv(), timeout: 1_700_000 })
  return { name: 'package', folder, demo: (node) => npxDdnn(folder, demoArgs, dirname(node)) }
}

const demoArgs = ['demo', '-o', 'results.csv', '--log-level', 'info', '--log-format', 'json']

/** Only these native engines are there while `act` runs. npm leaves an optional package out as a whole. */
async function withEngines(
  { folder }: Place,
  wanted: readonly Native[],
  act: () => Promise<void>,
): Promise<void> {
  const absent = Object.entries(packages).filter(([name]) => !wanted.includes(name as Native))
  const paths = absent.map(([, name]) => join(folder, 'node_modules', name))
  for (const path of paths) renameSync(path, `${path}.away`)
  try {
    await act()
  } finally {
    for (const path of paths) renameSync(`${path}.away`, path)
  }
}

for (const name of ['checkout', 'package'] as const) {
  describe(`demo of the ${name}`, () => {
    for (const major of majors) {
      for (const combination of combinations) {
        const best = combination[0] ?? 'wasm'
        const title = combination.length === 0 ? 'no native engine' : combination.join(' and ')
        test(`Node ${major} with ${title} runs on ${best}`, { timeout: 150_000 }, async () => {
          const place = places.find((one) => one.name === name) ?? assert.fail(name)
          const node = nodes.get(major) ?? assert.fail(`no Node ${major}`)
          await withEngines(place, combination, () => runCell(place, node, combination, best))
        })
      }
    }
  })
}

async function runCell(
  place: Place,
  node: string,
  combination: readonly Native[],
  best: string,
): Promise<void> {
  const csv = join(place.folder, 'results.csv')
  rmSync(csv, { force: true })
  const ended = await place.demo(node)
  const { stdout: version } = await run(node, ['-v'])
  const engines = demoEngines({ ...ended, csv })
  const answers = new Map(
    readCsv(csv).map((row) => [row['File'] ?? '', `${row['Exit'] ?? ''}: ${answerOfRow(row)}`]),
  )
  cells.push({
    place: place.name,
    node: version.trim(),
    installed: combination.join(', ') || 'neither',
    engine: engines.join(', '),
    images: answers.size,
  })
  assert.deepEqual(engines, [best])
  expected ??= answers
  assert.deepEqual(answers, expected)
}

function writeMatrix(): void {
  const folder = process.env['DDNN_MATRIX']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`
  const names = ['place', 'node', 'installed', 'engine', 'images'] as const
  const rows = cells.map((cell) => line(names.map((name) => String(cell[name]))))
  const table = [line(names), line(names.map(() => '---')), ...rows]
  writeFileSync(join(folder, 'summary.md'), `${table.join('\n')}\n`)
  writeFileSync(join(folder, 'README.md'), `${describeRun().join('\n')}\n`)
}

function describeRun(): readonly string[] {
  const versionIn = (...folder: readonly string[]) => {
    const file = repoPath(...folder, 'package.json')
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  }
  const optional = Object.values(packages).map(
    (name) => `${name} ${versionIn('node_modules', name)}`,
  )
  const processors = `${availableParallelism()} x ${cpuNames()}`
  return [
    '# The demo on every Node, with each set of engines',
    '',
    '- command: DDNN_MATRIX=bench/runs/DATE-HOST-engines-matrix npm run test:package',
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- machine: ${processors}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
    `- versions: ${[`ddnn ${versionIn()}`, ...optional].join(', ')}`,
    `- ${cells.length} of ${2 * majors.length * combinations.length} cells; [table](summary.md)`,
    '',
    '`checkout` is `node dist/main.js demo`, `package` is `npx ddnn demo` where npm installed the tarball into an empty',
    'folder. Each cell is of the engine that the log of all three tiers names, without a warning; all cells give each of',
    'the 60 images the same exit and the same answer. tfjs-node was built once, on the first Node, for all three.',
  ]
}

/** 'AMD EPYC' of 'AMD EPYC 7B13 64-Core Processor'. */
function cpuNames(): string {
  const models = new Set(cpus().map(({ model }) => model.split(/ \d/)[0] ?? model))
  return [...models].join(', ')
}
