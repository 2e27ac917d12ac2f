// Which code was measured: commit of the checkout, versions of what it stands on.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { readVersion } from '../../cli/version.ts'
import { packageRoot } from '../../package-root.ts'

const run = promisify(execFile)
const packages = ['kafkajs', 'onnxruntime-node', '@tensorflow/tfjs-node', 'sharp'] as const

/** Short hash and subject, and whether sources differ from it; undefined outside of a checkout. */
export async function readCommit(folder = packageRoot): Promise<string | undefined> {
  const git = async (...args: readonly string[]) =>
    (await run('git', ['-C', folder, ...args])).stdout.trim()
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no', 'src')
    const commit = await git('log', '-1', '--format=%h (%s)')
    return changed === '' ? commit : `${commit}, and changes not committed`
  } catch {
    return undefined
  }
}

export async function readVersions(): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(
    packages.map(async (name) => [name, await versionOf(name)] as const),
  )
  const known = found.filter((entry): entry is [(typeof packages)[number], string] => {
    return entry[1] !== undefined
  })
  return { ddnn: readVersion(), node: process.version, ...Object.fromEntries(known) }
}

async function versionOf(name: string): Promise<string | undefined> {
  const require = createRequire(import.meta.url)
  // A package may not export its package.json.
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const text = await readFile(`${folder}/${name}/package.json`, 'utf8')
      return (JSON.parse(text) as { readonly version?: string }).version
    } catch {
      continue
    }
  }
  return undefined
}
