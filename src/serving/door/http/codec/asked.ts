// What the codec makes of a body: a request of the door, and how it is to be answered.
import type { InferRequest } from '../../protocol.ts'

/** What the path names. */
export interface ModelPath {
  readonly model: string
  readonly version: string | undefined
}

/** A request, and how its response is to be written. */
export interface Asked {
  readonly request: InferRequest
  /** Whether an output goes after the JSON, as bytes. */
  readonly isBinary: (output: string) => boolean
}
