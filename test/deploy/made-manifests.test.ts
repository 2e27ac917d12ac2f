// What `ddnn manifests` writes: kustomize puts its folder together, and docker compose would take its file. That an
// API server would take its objects is held by manifests-schema.test.ts, beside those of the overlays.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { runCli, tempFolder } from '../helpers/cli.ts'
import { deploymentWithFiles, madeOf, objectsOf } from '../helpers/deployments.ts'
import { buildOverlay } from '../helpers/kustomize.ts'
import { repoPath } from '../helpers/paths.ts'

const run = promisify(execFile)
const golden = repoPath('test', 'golden', 'deployment', 'ddnn.yaml')
test('-o writes a folder that kustomize puts together to what is printed', async () => {
  const folder = join(tempFolder(), 'k8s')
  const { code, stdout, stderr } = await runCli(['manifests', golden, '-o', folder])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /docker build .*\n[^]*kubectl apply -k/)
  assert.deepEqual(readdirSync(folder).sort(), [
    'door.yaml',
    'kustomization.yaml',
    'namespace.yaml',
    'tier-cloud.yaml',
    'tier-edge-1.yaml',
  ])
  const sorted = (objects: readonly object[]) =>
    objects.map((object) => JSON.stringify(inOrder(object))).sort()
  assert.deepEqual(sorted(await buildOverlay(folder)), sorted(objectsOf(golden)))
})

test('--compose follows the schema of the compose specification', async () => {
  const script = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const { ensurePythonEnv } = (await import(script)) as {
    ensurePythonEnv: (packages: readonly string[]) => Promise<string>
  }
  const python = await ensurePythonEnv(['check-jsonschema==0.39.0'])
  const files = [golden, deploymentWithFiles()].map((file) => {
    const [text = ''] = madeOf(file, '--compose').files.values()
    const written = join(tempFolder(), 'compose.yaml')
    writeFileSync(written, text)
    return written
  })
  const schema = ['--builtin-schema', 'vendor.compose-spec']
  // Rejects, with what it found, where it found anything.
  await run(python, ['-m', 'check_jsonschema', ...schema, ...files])
  const [, text] = files.map((file) => readFileSync(file, 'utf8'))
  assert.match(String(text), /secrets:\n {6}- source: door-http-token-file/)
})

/** Keys sorted, for kustomize sorts them. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as Record<string, unknown>)
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, inOrder(one)]),
  )
}
