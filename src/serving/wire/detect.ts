// Which form a value is in, and the wire that reads it. A tier answers in the form it was asked.
import { assertOwnVersion, binaryWire } from './frame.ts'
import { jsonWire } from './legacy-json.ts'
import type { Wire, WireForm } from './wire.ts'

/** Both forms by name. */
export const wires: Readonly<Record<WireForm, Wire>> = { binary: binaryWire, json: jsonWire }

/**
 * The wire that reads this value; the binary one, which refuses it, where none does.
 * @param wireVersion the version that goes with it; undefined for an original's.
 * @throws DDNN_FRAME_VERSION when this release does not speak it.
 */
export function detectWire(value: Uint8Array, wireVersion: string | undefined): Wire {
  assertOwnVersion(wireVersion)
  return jsonWire.recognises(value, wireVersion) ? jsonWire : binaryWire
}
