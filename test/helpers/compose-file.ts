// compose.yaml as a test reads it: merge keys applied, variables at their defaults, as compose does.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { repoPath } from './paths.ts'

export interface Service {
  readonly image: string
  readonly build?: {
    readonly dockerfile: string
    readonly args: Readonly<Record<string, string>>
  }
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly container_name?: string
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
}

export const composeFile = 'compose.yaml'

/** Services by name. */
export function readServices(file = repoPath(composeFile)): ReadonlyMap<string, Service> {
  const text = readFileSync(file, 'utf8').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
  const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }
  return new Map(Object.entries(services))
}
