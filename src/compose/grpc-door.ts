// The gRPC door of a process by its flags. grpc-js is loaded where there is a --grpc-port alone.
import { readFileSync } from 'node:fs'
import type { DoorConfig } from '../cli/config.ts'
import type { Access } from '../door/access.ts'
import type { DoorOptions } from '../door/door.ts'
import type { GrpcDoor } from '../door/grpc/serve-grpc.ts'
import type { Limit } from '../door/limit.ts'
import { ConfigError } from '../errors.ts'

/**
 * Undefined without --grpc-port. Says the port in use.
 * @throws DDNN_CONFIG_INVALID for a port or a certificate that cannot be used.
 */
export async function openGrpcDoor(
  { grpc, tls }: DoorConfig,
  options: DoorOptions,
  access: Access,
  limit: Limit,
): Promise<GrpcDoor | undefined> {
  if (grpc === undefined) return undefined
  const pem =
    tls === undefined ? undefined : { cert: readPem(tls.certFile), key: readPem(tls.keyFile) }
  const { serveGrpc } = await import('../door/grpc/serve-grpc.ts')
  const door = await serveGrpc(options, access, limit, { ...grpc, tls: pem })
  options.log.info({ grpcPort: door.port }, `grpc on port ${door.port}`)
  return door
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected a PEM file at '${file}', got ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      { cause },
    )
  }
}
