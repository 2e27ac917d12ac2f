// The services that the gRPC door answers, from the .proto files that come with the package.
import { join } from 'node:path'
import type { ServiceDefinition } from '@grpc/grpc-js'
import { loadSync, type Options } from '@grpc/proto-loader'
import { packageRoot } from '../../../package-root.ts'

/** As `messages.ts` has them. int64 beyond 2^53 lose digits, which no shape and no parameter of ddnn has. */
const form: Options = { longs: Number, enums: String, defaults: true, oneofs: true }

export const inferenceServiceName = 'inference.GRPCInferenceService'

/** As the server and tests' clients take it. */
export const inferenceService = load('open-inference.proto', inferenceServiceName)

/** `grpc.health.v1.Health`. */
export const healthService = load('health.proto', 'grpc.health.v1.Health')

function load(file: string, name: string): ServiceDefinition {
  const definition = loadSync(join(packageRoot, 'data', 'grpc', file), form)[name]
  if (definition === undefined || 'format' in definition) {
    throw new Error(`Expected ${file} to have the service ${name}`)
  }
  return definition
}
