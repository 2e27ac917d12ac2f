// The flags of who may ask over HTTP and gRPC.
import { bareHost } from '../domain/host-address.ts'
import type { CommonConfig, DoorConfig } from './config.ts'
import type { Values } from './flag-types.ts'
import { doorFlags } from './flags/door.ts'

/** Undefined where the process opens neither port. */
export function readDoor(values: Values<'run'>, problems: string[]): DoorConfig | undefined {
  if (!values.isGiven('http-port') && !values.isGiven('grpc-port')) return undefined
  const grpcPort = values.number('grpc-port')
  const host = bareHost(values.string('http-host'))
  const modelName = values.string('model-name')
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(modelName)) {
    problems.push(
      `Expected --model-name to be letters, digits, '.', '_' and '-', which need no quoting in a path, got '${modelName}'`,
    )
  }
  const tokenFile = values.string('http-token-file')
  if (tokenFile !== undefined && values.boolean('http-open') === true) {
    problems.push('Expected --http-token-file or --http-open, got both')
  }
  return {
    grpc: grpcPort === undefined ? undefined : { port: grpcPort, host },
    modelName,
    tokenFile,
    tls: readTls(values, problems),
    isOpen: values.boolean('http-open') === true,
    maxBodyBytes: values.number('http-max-body-bytes'),
    maxInFlight: values.number('http-max-in-flight'),
  }
}

/** Typed flags of a door that is not opened: a warning each. */
export function doorWithoutPort(values: Values<'run'>): readonly string[] {
  if (values.isGiven('http-port') || values.isGiven('grpc-port')) return []
  return doorFlags
    .filter(({ name }) => values.isTyped(name))
    .map(({ name }) => `--${name} has no effect without --http-port or --grpc-port`)
}

function readTls(
  values: Values<'run'>,
  problems: string[],
): NonNullable<CommonConfig['door']>['tls'] {
  const certFile = values.string('http-tls-cert')
  const keyFile = values.string('http-tls-key')
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile }
  if (certFile !== undefined) problems.push('Expected --http-tls-key with --http-tls-cert')
  if (keyFile !== undefined) problems.push('Expected --http-tls-cert with --http-tls-key')
  return undefined
}
