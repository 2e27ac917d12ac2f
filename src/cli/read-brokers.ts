// --brokers of `up` and `manifests`: what takes the place of kafka.brokers of a deployment file.
import { ownBrokers, type Brokers } from '../serving/deployment/deployment.ts'
import type { FlagReader } from './flag-types.ts'
import { readHosts } from './read-link.ts'

/** Undefined leaves what the file says. */
export function readBrokers(
  values: FlagReader<'brokers'>,
  problems: string[],
): Brokers | undefined {
  const brokers = values.string('brokers')
  if (brokers === undefined || brokers === ownBrokers) return brokers
  return readHosts(brokers, values.sourceOf('brokers'), 9092, problems).join(',')
}
