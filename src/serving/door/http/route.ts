// What a path under /v2 asks for. Health, the list of models and metrics are not the door's.
import type { ModelPath } from './codec/asked.ts'

export type Route =
  | { readonly kind: 'server' }
  | { readonly kind: 'model' | 'ready' | 'infer'; readonly path: ModelPath }
  | { readonly kind: 'unknown' }

/** Undefined for a path that is not the door's. */
export function routeOf(path: string): Route | undefined {
  if (path !== '/v2' && !path.startsWith('/v2/')) return undefined
  const parts = path.replace(/\/+$/, '').split('/').slice(2)
  const [first, name, ...rest] = parts
  if (first === 'health') return undefined
  if (first === undefined) return { kind: 'server' }
  if (first !== 'models') return { kind: 'unknown' }
  if (name === undefined) return undefined
  return routeOfModel(name, rest)
}

function routeOfModel(name: string, rest: readonly string[]): Route {
  const hasVersion = rest[0] === 'versions'
  const model = decode(name)
  const version = hasVersion ? decode(rest[1] ?? '') : undefined
  const [action, ...more] = hasVersion ? rest.slice(2) : rest
  const kind = action === undefined ? 'model' : actions[action]
  const isVersion = !hasVersion || (version !== undefined && version !== '')
  if (kind === undefined || more.length > 0 || model === undefined || !isVersion) {
    return { kind: 'unknown' }
  }
  return { kind, path: { model, version } }
}

const actions: Readonly<Record<string, 'ready' | 'infer' | undefined>> = Object.assign(
  Object.create(null) as object,
  { ready: 'ready', infer: 'infer' } as const,
)

/** Undefined for escapes that are none. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
