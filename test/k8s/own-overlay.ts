// Overlays of a user's own, in a folder outside the checkout: one of ours and what differs.
import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

/** The folder; `more` are further fields of its kustomization. */
export function ownOverlay(base: string, more: object): string {
  const folder = tempFolder()
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, repoPath('k8s', 'overlays', base))],
    ...more,
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
  return folder
}

/** A patch of the spec of one object. */
export function patchOf(kind: string, name: string, spec: object): object {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'apps/v1'
  return { patch: JSON.stringify({ apiVersion, kind, metadata: { name }, spec }) }
}
