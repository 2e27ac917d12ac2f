// What `ddnn manifests` is told, and what a deployment must be for it: brokers that a Pod reaches.
import type { Deployment } from '../serving/deployment/deployment.ts'
import type { ClusterOptions } from '../serving/deployment/manifests/kubernetes-object.ts'
import { needsOwnBroker } from '../serving/deployment/with-brokers.ts'
import { ConfigError } from '../errors.ts'
import type { Values } from './flag-types.ts'
import { readVersion } from './version.ts'

const labelForm = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const claimForm = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
/** A registry may have a port, so a tag has no slash. */
const imageForm = /^[\w][\w./:-]*(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$/

/** Problems are added to the list. */
export function readManifestsOptions(
  values: Values<'manifests'>,
  problems: string[],
): ClusterOptions {
  const namespace = values.string('namespace')
  const image = values.string('image') ?? `ddnn:${readVersion()}`
  const modelsClaim = values.string('models-claim')
  if (!labelForm.test(namespace)) {
    problems.push(
      `Expected --namespace to be lower case letters, digits and dashes, at most 63, got '${namespace}'`,
    )
  }
  if (!imageForm.test(image) || image.endsWith(':latest')) {
    problems.push(
      `Expected --image to be an image with a tag that stays, NAME:TAG or NAME@sha256:..., got '${image}'`,
    )
  }
  if (modelsClaim !== undefined && !claimForm.test(modelsClaim)) {
    problems.push(
      `Expected --models-claim to be lower case letters, digits, dashes and dots, got '${modelsClaim}'`,
    )
  }
  return { namespace, image, modelsClaim }
}

/** @throws DDNN_CONFIG_INVALID for a broker of this machine, which no Pod reaches. */
export function checkReachable(deployment: Deployment): void {
  const hint =
    'Name the brokers as a Pod reaches them, in the file or by --brokers kafka.kafka:9092; docs/kubernetes.md has three'
  if (needsOwnBroker(deployment)) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected brokers by name in '${deployment.file}', got own, which 'ddnn up' starts on this machine`,
      { hint },
    )
  }
  const own = deployment.links
    .flatMap(({ brokers }) => brokers.split(','))
    .find((broker) => /^(localhost|127\.[\d.]+|\[::1\]):/.test(broker))
  if (own === undefined) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected brokers that a Pod reaches in '${deployment.file}', got ${own}, which is each Pod itself`,
    { hint },
  )
}
