// `sh run.sh` as most tests of a cluster call it, and what they ask of it afterwards.
import assert from 'node:assert/strict'
import { runScript } from '../helpers/scripts.ts'
import { objects } from './cluster.ts'

/** Runs it to its end, which must be a good one. */
export async function bringUp(...args: readonly string[]): Promise<{ readonly stdout: string }> {
  const { code, stdout, stderr } = await runScript('run.sh', args)
  assert.equal(code, 0, stdout + stderr)
  return { stdout }
}

/** Replicas that each Deployment asks for. */
export async function replicas(): Promise<Record<string, unknown>> {
  const found = await objects('deployments')
  return Object.fromEntries(found.map(({ metadata, spec }) => [metadata.name, spec['replicas']]))
}
