// What the process of shaped links and its parent tell each other.
import type { Link } from './profile.ts'
import type { Target } from './shaped-proxy.ts'

export type ToLinks =
  | { readonly kind: 'open'; readonly links: readonly Link[] }
  | { readonly kind: 'aim'; readonly targets: readonly Target[] }
  | { readonly kind: 'count' }

/** One answer a message, in the order of the links. */
export type FromLinks =
  | { readonly kind: 'open'; readonly ports: readonly number[] }
  | { readonly kind: 'aim' }
  | { readonly kind: 'count'; readonly bytes: readonly LinkBytes[] }

/** Bytes of TCP's payload so far. */
export interface LinkBytes {
  readonly up: number
  readonly down: number
}
