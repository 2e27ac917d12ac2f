// Certificate and key of the doors, read and held together at start: a pair that does not fit would refuse each
// connection, and say so to nobody.
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { DoorConfig } from '../cli/config.ts'
import { ConfigError } from '../errors.ts'

/** PEM. */
export interface DoorTls {
  readonly cert: Buffer
  readonly key: Buffer
}

/** @throws DDNN_CONFIG_INVALID for a file that cannot be read, and for what is no certificate and its key. */
export function readDoorTls(files: DoorConfig['tls']): DoorTls | undefined {
  if (files === undefined) return undefined
  const { certFile, keyFile } = files
  const tls = {
    cert: readPem('--http-tls-cert', certFile),
    key: readPem('--http-tls-key', keyFile),
  }
  try {
    createSecureContext(tls)
  } catch (cause) {
    throw invalid(
      `Expected --http-tls-cert '${certFile}' and --http-tls-key '${keyFile}' to be a certificate and its key, got ${(cause as Error).message}`,
      cause,
    )
  }
  return tls
}

function readPem(flag: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    const got = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw invalid(`Expected ${flag} '${file}' to be a PEM file, got ${got}`, cause)
  }
}

function invalid(message: string, cause: unknown): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', message, { cause })
}
