// Codec 1: gzip, by Node's zlib.
import { createGunzip, gunzip } from 'node:zlib'
import type { Unpacked } from './unpacked.ts'
import { unpackByZlib } from './zlib-unpack.ts'

/** Unpacks at most `maxBytes`, off the main thread. */
export function unpackGzip(packed: Buffer, maxBytes: number): Promise<Unpacked> {
  return unpackByZlib({ name: 'gzip', call: gunzip, stream: createGunzip }, packed, maxBytes)
}
