// The seam inside the process that asks: how one image is put to a contestant. The load generator beside it
// (run-load.ts) is the same for all, so that they differ by their client and what stands behind it alone.
import type { Part } from '../contestant.ts'

export interface ClientAnswer {
  readonly exit?: string | undefined
  /** Index into the labels. */
  readonly prediction?: number | undefined
}

/** What a client counted since it was opened. */
interface ClientCount {
  /** Of its requests. */
  readonly bytes: number
  /** Totals, milliseconds. */
  readonly parts: readonly Part[]
}

export interface Client {
  /** Largest number of samples that may be under way. */
  readonly maxInFlight: number
  /** Asks for one image by its index into the inputs; rejects with why there is no answer. */
  ask(index: number): Promise<ClientAnswer>
  read(): ClientCount | Promise<ClientCount>
  close(): Promise<void>
}

/** What a client gets of the inputs: pixels in memory, or files to read and decode on the way. */
export interface ClientInputs {
  readonly form: 'decoded' | 'encoded'
  readonly shape: readonly [number, number, number]
  readonly count: number
  /** uint8 [height, width, 3] of one image, a view of the whole; only where `form` is decoded. */
  readonly pixels: (index: number) => Uint8Array
  /** Path of the encoded image; only where `form` is encoded. */
  readonly file: (index: number) => string
}

/** The export of a client's module, named `openClient`; `settings` came as JSON from who started the driver. */
export type OpenClient = (settings: never, inputs: ClientInputs) => Promise<Client>
