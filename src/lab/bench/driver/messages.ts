// What the bench and the process that asks say to each other, over IPC.
import type { Part } from '../contestant.ts'
import type { Load, LoadRun } from '../load/load.ts'

export interface OpenTask {
  readonly kind: 'open'
  /** Path of the module that exports `openClient`. */
  readonly module: string
  /** What the client needs, as JSON takes it. */
  readonly settings: unknown
  readonly form: 'decoded' | 'encoded'
  readonly shape: readonly [number, number, number]
  readonly pixelsFile: string
  readonly files: readonly (string | undefined)[]
}

export type Task =
  | OpenTask
  | { readonly kind: 'run'; readonly load: Load }
  | { readonly kind: 'read' }
  | { readonly kind: 'close' }

export type Told =
  | { readonly kind: 'opened' }
  | { readonly kind: 'ran'; readonly run: LoadRun }
  | { readonly kind: 'counted'; readonly bytes: number; readonly parts: readonly Part[] }
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'failed'
      readonly message: string
      readonly code: string
      readonly hint: string | undefined
    }
