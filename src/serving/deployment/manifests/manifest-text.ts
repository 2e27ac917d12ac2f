// Objects as YAML: one stream for kubectl apply, or files with a kustomization.
import { stringify } from 'yaml'
import { madeBy } from '../../../domain/made-by.ts'
import type { KubernetesObject } from './kubernetes-object.ts'

export interface ManifestPart {
  /** 'namespace', 'tier-edge', 'door' */
  readonly name: string
  readonly objects: readonly KubernetesObject[]
}

/** All parts behind each other, below a comment a line. */
export function manifestStream(parts: readonly ManifestPart[], comment: readonly string[]): string {
  return commented(comment) + documents(parts.flatMap(({ objects }) => objects))
}

/** Content by file name. */
export function manifestFiles(
  parts: readonly ManifestPart[],
  comment: readonly string[],
): ReadonlyMap<string, string> {
  const used = parts.filter(({ objects }) => objects.length > 0)
  const files = used.map(({ name, objects }): [string, string] => [
    `${name}.yaml`,
    commented([madeBy]) + documents(objects),
  ])
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: files.map(([name]) => name),
  }
  return new Map([...files, ['kustomization.yaml', commented(comment) + toYaml(kustomization)]])
}

export function commented(lines: readonly string[]): string {
  return lines.map((line) => `# ${line}`.trimEnd() + '\n').join('')
}

/** Values that are used twice are written twice: an anchor is no help to who reads. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}

function documents(objects: readonly KubernetesObject[]): string {
  return objects.map(toYaml).join('---\n')
}
