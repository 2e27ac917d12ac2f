// What serves loads nothing of the lab, and no runtime before a model asks for it: the compiled files are followed from
// the entry, by their imports, as Node does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const src = fileURLToPath(new URL('../src', import.meta.url))

/** Commands that answer requests, or start processes that do. */
const serving = ['run', 'classify', 'up', 'health']

interface Imports {
  readonly fixed: readonly string[]
  /** Loaded when they are needed. */
  readonly later: readonly string[]
}

function importsOf(file: string): Imports {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const fixed: string[] = []
  const later: string[] = []
  const look = (node: ts.Node): void => {
    const isImport = ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
    const name = isImport ? node.moduleSpecifier : undefined
    if (name !== undefined && ts.isStringLiteral(name)) fixed.push(name.text)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [given] = node.arguments
      if (given !== undefined && ts.isStringLiteral(given)) later.push(given.text)
    }
    ts.forEachChild(node, look)
  }
  look(source)
  return { fixed, later }
}

/** Files of ours, as 'cli/run.js', and packages that are loaded from here; `follows` tells which later imports are. */
function reachedFrom(
  entries: readonly string[],
  follows: (specifier: string, from: string) => boolean,
): ReadonlySet<string> {
  const reached = new Set<string>()
  const visit = (file: string): void => {
    const name = relative(src, file).split(sep).join('/')
    if (reached.has(name)) return
    reached.add(name)
    const { fixed, later } = importsOf(file)
    for (const specifier of [...fixed, ...later.filter((each) => follows(each, name))]) {
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier))
      else if (!specifier.startsWith('node:')) reached.add(specifier)
    }
  }
  for (const entry of entries) visit(join(src, entry))
  return reached
}

const commandFiles = serving.map((name) => `cli/${name}.js`)
/** The table of commands names a file for each; those that serve are entries themselves. */
const isOfTable = (from: string) => ['main.js', 'cli/commands.js'].includes(from)
const entries = ['main.js', 'cli/process.js', ...commandFiles]

test('a device, a tier, a gateway, classify, up and health load nothing of the lab', () => {
  const reached = reachedFrom(entries, (_, from) => !isOfTable(from))
  assert.ok(reached.has('serving/tier/serve.js') && reached.has('compose/gateway.js'))
  assert.deepEqual(
    [...reached].filter((name) => name.startsWith('lab/')),
    [],
  )
})

test('until a model asks for it no runtime is loaded', () => {
  const reached = reachedFrom(entries, () => false)
  assert.ok(reached.has('serving/engine/create-engine.js'))
  const isRuntime = (name: string) => /^(@tensorflow\/|onnxruntime-node)/.test(name)
  assert.deepEqual([...reached].filter(isRuntime), [])
})

test('a worker that runs ONNX files loads nothing of tfjs', () => {
  const reached = reachedFrom(
    ['serving/engine/worker.js', 'serving/engine/onnx/onnx-runtime.js'],
    () => false,
  )
  assert.ok([...reached].some((name) => name.startsWith('serving/engine/onnx/')))
  const isOfTfjs = (name: string) => /^(@tensorflow\/|serving\/engine\/tfjs\/)/.test(name)
  assert.deepEqual([...reached].filter(isOfTfjs), [])
})
