// The same deployment over other brokers than its file says.
import { ownBrokers, type Brokers, type Deployment } from './deployment.ts'

/** Links that name brokers of their own keep them. */
export function withBrokers(deployment: Deployment, brokers: Brokers): Deployment {
  const { kafka, links } = deployment
  return {
    ...deployment,
    kafka: { ...kafka, brokers },
    links: links.map((link) => (link.brokers === kafka.brokers ? { ...link, brokers } : link)),
  }
}

/** Whether a broker is started beside the tiers. */
export function needsOwnBroker({ links }: Deployment): boolean {
  return links.some((link) => link.brokers === ownBrokers)
}
