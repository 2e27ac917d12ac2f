// Which form a value is in, and the wire that reads it. A tier answers in the form it was asked.
import { versionHeader } from '../domain/wire-version.ts'
import { skipSpace } from './json-tensor.ts'
import { assertOwnVersion, binaryWire } from './frame.ts'
import { jsonWire } from './legacy-json.ts'
import type { Wire, WireForm } from './wire.ts'

/** Both forms by name. */
export const wires: Readonly<Record<WireForm, Wire>> = { binary: binaryWire, json: jsonWire }

/**
 * JSON is what starts with '[' or '{' (after white space) and has no `ddnn-version` header; all else
 * is binary, and refused by its decoder when it is not.
 * @throws DDNN_FRAME_VERSION when the header names a version that this release does not speak.
 */
export function detectForm(value: Uint8Array, headers: Readonly<Record<string, string>>): WireForm {
  assertOwnVersion(headers)
  if (headers[versionHeader] !== undefined) return 'binary'
  const first = value[skipSpace(value, 0)]
  return first === 0x5b || first === 0x7b ? 'json' : 'binary'
}
