// The doors of a process by its flags: HTTP on the port of its health, gRPC on its own.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DeviceConfig, GatewayConfig, TierConfig } from '../cli/config.ts'
import { readVersion } from '../cli/version.ts'
import { createAccess } from '../serving/door/access.ts'
import type { Backend, DoorModel, DoorOptions } from '../serving/door/door.ts'
import { createHttpDoor } from '../serving/door/http/http-door.ts'
import { createLimit } from '../serving/door/limit.ts'
import type { Orientation } from '../domain/orientation.ts'
import { createImageDecoder } from '../input/decode.ts'
import { readDoorTls, type DoorTls } from './door-tls.ts'
import { openGrpcDoor } from './grpc-door.ts'
import type { ProcessContext } from './links.ts'

interface Doors {
  /** Answers what is the door's; false for what is not. Undefined where there is no HTTP port. */
  readonly http: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  /** Of the HTTP port; plain text where undefined. */
  readonly tls: DoorTls | undefined
  /** Takes no more, and finishes what is under way until the signal aborts. Idempotent. */
  close(signal: AbortSignal): Promise<void>
}

/** @throws DDNN_CONFIG_INVALID for a port, a token file or a certificate that cannot be used. */
export async function openDoors(
  config: DeviceConfig | TierConfig | GatewayConfig,
  backend: Backend,
  { log, metrics, tracing }: ProcessContext,
): Promise<Doors> {
  const { door, name, timeoutMs } = config
  if (door === undefined) return { http: undefined, tls: undefined, close: () => Promise.resolve() }
  const { modelName, maxBodyBytes, maxInFlight, tokenFile, isOpen } = door
  const { maxImagePixels: maxPixels, orientation } = 'input' in config ? config.input : config
  const options: DoorOptions = {
    ...{ name, version: readVersion(), modelName },
    backend: { ...backend, model: () => oriented(backend.model(), orientation) },
    decoder: createImageDecoder({ formats: 'files', maxPixels }),
    ...{ timeoutMs, maxInFlight, maxBodyBytes, metrics, tracing, log },
  }
  const access = createAccess({ tokenFile, isOpen, log })
  const limit = createLimit(maxInFlight)
  const http = config.http === undefined ? undefined : createHttpDoor(options, access, limit)
  const tls = readDoorTls(door.tls)
  const grpc = await openGrpcDoor(door.grpc, tls, options, access, limit)
  return {
    http: http === undefined ? undefined : (request, response) => http.handle(request, response),
    tls,
    close: async (signal) => {
      await Promise.all([http?.close(signal), grpc?.close(signal)])
    },
  }
}

/** The user's word on photos that are stored turned goes before the model's. */
function oriented(
  model: DoorModel | undefined,
  orientation: Orientation | undefined,
): DoorModel | undefined {
  return model === undefined || orientation === undefined ? model : { ...model, orientation }
}
