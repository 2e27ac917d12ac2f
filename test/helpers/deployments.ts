// Deployment files of a test, and what `ddnn manifests` makes of them, in this process.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeManifests, type Made } from '../../src/cli/manifests.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { tempFolder } from './cli.ts'
import type { Manifest } from './kubernetes.ts'
import { parseManifests } from './kustomize.ts'

/** A ddnn.yaml in a folder of its own. */
export function deploymentFile(text: string): string {
  const file = join(tempFolder(), 'ddnn.yaml')
  writeFileSync(file, text)
  return file
}

/** One whose tiers and door need files, a password, a volume with models and several replicas. */
export function deploymentWithFiles(): string {
  const tokens = join(tempFolder(), 'tokens')
  writeFileSync(tokens, 'secret\n')
  const login = '{ sasl-mechanism: plain, sasl-username: user, sasl-password: secret }'
  return deploymentFile(`
tiers:
  - { name: edge, models: [shipped/edge, own], replicas: 3, flags: ${login} }
door: { http-port: 80, grpc-port: 81, flags: { http-token-file: ${tokens} } }
`)
}

export function madeOf(file: string, ...args: readonly string[]): Made {
  return makeManifests(parseCommandLine('manifests', [file, ...args], {}))
}

/** The objects that would be printed. */
export function objectsOf(file: string, ...args: readonly string[]): readonly Manifest[] {
  return [...madeOf(file, ...args).files.values()].flatMap(parseManifests)
}
