// What the tests of the released package share: a tarball from a clean copy of the sources, and a project that npm
// installed it into.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tempFolder } from '../helpers/cli.ts'
import { npmPack, userEnv, type Packed } from '../helpers/packed.ts'
import { repoPath } from '../helpers/paths.ts'

const run = promisify(execFile)

/** The tarball that a release makes: from a copy, whose dist/ `prepack` makes anew. */
export async function packCopy(): Promise<Packed> {
  const copy = tempFolder()
  const own = ['src', 'scripts', 'docs', 'recipes', 'saved_models', 'bench/runs']
  const data = ['sample', 'grpc', 'links.yaml', 'labels.txt'].map((name) => `data/${name}`)
  const files = [
    'package.json',
    'tsconfig.json',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'CONTRIBUTING.md',
  ]
  for (const path of [...own, ...data, ...files]) {
    cpSync(repoPath(path), join(copy, path), { recursive: true })
  }
  symlinkSync(repoPath('node_modules'), join(copy, 'node_modules'))
  const stale = join(copy, 'dist', 'left-behind.js')
  cpSync(repoPath('scripts', 'clean.mjs'), stale)
  // `npm run` in a checkout hands on what its .npmrc says: no scripts.
  const made = await npmPack(copy, ['--ignore-scripts=false'])
  assert.ok(!existsSync(stale))
  rmSync(copy, { recursive: true })
  return made
}

/** A project of nothing but the package, as docs/installing.md has a user install it: without what CUDA needs. */
export async function installInto(tarball: string): Promise<string> {
  const project = tempFolder()
  writeFileSync(join(project, 'package.json'), '{"private": true}')
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, tarball], {
    cwd: project,
    env: { ...userEnv(), ONNXRUNTIME_NODE_INSTALL: 'skip' },
    timeout: 600_000,
  })
  return project
}
