// The gRPC door of a process by its flags. grpc-js is loaded where there is a --grpc-port alone.
import type { DoorConfig } from '../cli/config.ts'
import type { Access } from '../serving/door/access.ts'
import type { DoorOptions } from '../serving/door/door.ts'
import type { GrpcDoor } from '../serving/door/grpc/serve-grpc.ts'
import type { Limit } from '../serving/door/limit.ts'
import type { DoorTls } from './door-tls.ts'

/**
 * Undefined without --grpc-port. Says the port in use.
 * @throws DDNN_CONFIG_INVALID for a port that cannot be had.
 */
export async function openGrpcDoor(
  grpc: DoorConfig['grpc'],
  tls: DoorTls | undefined,
  options: DoorOptions,
  access: Access,
  limit: Limit,
): Promise<GrpcDoor | undefined> {
  if (grpc === undefined) return undefined
  const { serveGrpc } = await import('../serving/door/grpc/serve-grpc.ts')
  const door = await serveGrpc(options, access, limit, { ...grpc, tls })
  options.log.info({ grpcPort: door.port }, `grpc on port ${door.port}`)
  return door
}
