// Brings an overlay to the cluster of KUBECONFIG by run.sh and reads back all that its API server made of
// it; what is then run here is that, and nothing from a file.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '../../helpers/cli.ts'
import { runScript } from '../../helpers/scripts.ts'
import { apply, markNamespace, namespace } from '../cluster.ts'
import { kubectl } from '../kubectl.ts'
import { readNamespace, type NamespaceObjects } from './objects.ts'

/** @throws Error naming what this machine lacks to run Pods */
export function requireMachine(): void {
  if (process.getuid?.() !== 0) {
    throw new Error('Expected root, which makes network namespaces; run this as root, or in a VM')
  }
  if (!isHere('ip', '-V')) throw new Error('Expected ip in PATH, got none; install iproute2')
  if (!isHere('nft', '--version'))
    throw new Error('Expected nft in PATH, got none; install nftables')
  if (!isHere('crun', '--version') && !isHere('runc', '--version')) {
    throw new Error('Expected an OCI runtime in PATH, got none; install crun or runc')
  }
}

const isHere = (command: string, flag: string) => spawnSync(command, [flag]).error === undefined

/** Applies an overlay to a namespace that stands empty, and resolves with all that is there then. */
export async function bringOverlay(
  overlay: string,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<NamespaceObjects> {
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await markNamespace()
  for (const [name, values] of Object.entries(secrets)) await createSecret(name, values)
  const { code, stdout, stderr } = await runScript('run.sh', [overlay, '--timeout', '240'])
  assert.equal(code, 0, `run.sh ended with ${code}\n${stdout}\n${stderr}`)
  return readNamespace(namespace)
}

export async function removeOverlay(): Promise<void> {
  const { code, stdout, stderr } = await runScript('delete.sh', ['--data', '--yes'])
  assert.equal(code, 0, `delete.sh ended with ${code}\n${stdout}\n${stderr}`)
}

/** As docs/kubernetes.md says: of files, so that no value stands in the list of processes. */
async function createSecret(name: string, values: Readonly<Record<string, string>>): Promise<void> {
  const folder = tempFolder()
  for (const [key, value] of Object.entries(values)) writeFileSync(join(folder, key), value)
  const create = ['create', 'secret', 'generic', name, `--from-file=${folder}`]
  await kubectl('--namespace', namespace, ...create)
}
