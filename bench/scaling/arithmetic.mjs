// What a fleet of devices needs, from what one image, one byte and one idle device cost: arithmetic, not a measurement.
// docs/scaling.md says where each formula comes from. Pure; run by itself it prints the sizes of a fleet:
// node bench/scaling/arithmetic.mjs [scaling.json of a run] ['{"devices":5000,"imagesASecond":1}']
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tableOf } from './table.mjs'

/** What is documented of Kafka, and what is taken of a network card. */
export const limits = {
  /** KIP-578: no more than 4000 partitions a broker, replicas among them, and 200,000 a cluster. */
  partitionsABroker: 4000,
  partitionsACluster: 200_000,
  /** Kafka's documentation, "OS": 100,000 file descriptors as a starting point. */
  connectionsABroker: 100_000,
  /** 10 Gbit/s. */
  bytesASecondABroker: 1.25e9,
}

/**
 * Images are asked of the first tier; `share` of each tier is that of all images which come to it.
 * @type {Fleet}
 * @typedef {{ devices: number, imagesASecond: number, imageBytes: number, featureBytes: number, replyBytes: number,
 *   sites: number, tiers: readonly { name: string, share: number, computeMs: number }[], replication: number,
 *   askersAPartition: number, utilisation: number, coresABroker: number }} Fleet
 */
export const defaultFleet = {
  devices: 100_000,
  /** Of each device. */
  imagesASecond: 0.1,
  /** A JPEG of 180 x 180. */
  imageBytes: 8000,
  /** As calibrated codecs bring them down to. */
  featureBytes: 4000,
  replyBytes: 400,
  /** Clusters that devices are spread over, each with its first tier; the other tiers share one more. 1: all in one. */
  sites: 1,
  tiers: [
    { name: 'edge', share: 1, computeMs: 3 },
    { name: 'fog', share: 0.4, computeMs: 3 },
    { name: 'cloud', share: 0.15, computeMs: 6 },
  ],
  replication: 3,
  /** Wished for: devices that share a reply partition, each of which reads the replies of all of them. */
  askersAPartition: 10,
  /** Share of a processor that is planned to be used. */
  utilisation: 0.6,
  coresABroker: 8,
}

/**
 * What each link of the fleet needs, from the device on.
 * @param {Fleet} fleet
 * @param {{ brokerMsAnImage: number, brokerMsAMB: number, brokerMsAForeign: number, brokerMsAnAskerSecond:
 *   number, tierMsAnImage: number, tierMb: number }} costs CPU, ms: of a broker for an image's request and reply,
 *   for a MB of them, for a reply that is read by a device which did not ask, for an asker that is there for a
 *   second; of a tier for an image without its network. `tierMb` is the memory of a replica.
 */
export function sizeFleet(fleet, costs) {
  const { devices, imagesASecond, sites, tiers } = fleet
  const links = []
  let askers = devices / sites
  for (const [place, tier] of tiers.entries()) {
    const clusters = place === 0 ? sites : 1
    const rate = (devices * imagesASecond * tier.share) / clusters
    const link = sizeLink(fleet, costs, { tier, place, clusters, askers, rate })
    links.push(link)
    askers = link.replicas * clusters
  }
  return { links, breaks: links.flatMap(breaksOf) }
}

function sizeLink(fleet, costs, { tier, place, clusters, askers, rate }) {
  const { replication, utilisation, coresABroker, replyBytes } = fleet
  const requestBytes = place === 0 ? fleet.imageBytes : fleet.featureBytes
  const msAnImage = tier.computeMs + costs.tierMsAnImage
  // At least two, so that one may be exchanged.
  const replicas = Math.max(2, Math.ceil((rate * msAnImage) / 1000 / utilisation))
  // A multiple of the replicas, so that each has as many as the others.
  const requestPartitions = replicas * Math.max(1, Math.ceil(8 / replicas))
  const replyPartitions = Math.max(1, Math.ceil(askers / fleet.askersAPartition))
  const readers = Math.max(1, askers / replyPartitions)
  const bytesIn = rate * (requestBytes + replyBytes)
  const bytesOut = rate * (requestBytes + replyBytes * readers) + bytesIn * (replication - 1)
  const brokerMs =
    rate * costs.brokerMsAnImage +
    (bytesIn / 1e6) * costs.brokerMsAMB * replication +
    rate * (readers - 1) * costs.brokerMsAForeign +
    askers * costs.brokerMsAnAskerSecond
  const brokerCores = brokerMs / 1000 / utilisation
  const copies = (requestPartitions + replyPartitions) * replication
  const needs = {
    'its replication': replication,
    'CPU of the brokers': brokerCores / coresABroker,
    'bytes out of the brokers': bytesOut / (limits.bytesASecondABroker * utilisation),
    'partitions a broker': copies / limits.partitionsABroker,
  }
  const brokers = Math.ceil(Math.max(...Object.values(needs)))
  return {
    link: `${place === 0 ? 'device' : fleet.tiers[place - 1].name} - ${tier.name}`,
    clusters,
    askers,
    imagesASecond: rate,
    bytesIn,
    bytesOut,
    readersAPartition: readers,
    requestPartitions,
    replyPartitions,
    brokerCores,
    brokers,
    bound: Object.entries(needs).reduce((most, one) => (one[1] > most[1] ? one : most))[0],
    // An asker sends to every broker that leads a request partition, and reads from one over another connection.
    connectionsABroker: askers * (1 + 1 / brokers),
    // A broker remembers each producer in each partition that it wrote to, for a day (KIP-854).
    producerStates: askers * requestPartitions,
    groups: 1,
    replicas,
    memoryGb: (replicas * costs.tierMb) / 1024,
  }
}

/** Sentences; none where the link fits into what is documented of Kafka. */
function breaksOf(link) {
  const at = (what, value, limit) =>
    value <= limit ? [] : [`${link.link}: ${round(value)} ${what}, over ${round(limit)}`]
  return [
    ...at(
      'connections of each broker, which more brokers do not lessen',
      link.connectionsABroker,
      limits.connectionsABroker,
    ),
    ...at(
      'partitions in a cluster',
      link.requestPartitions + link.replyPartitions,
      limits.partitionsACluster,
    ),
  ]
}

/** Three digits, with commas. */
export function round(value) {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 3 })
}

/** A markdown table of the links, a column each. */
export function describeFleet({ links, breaks }) {
  const mb = (bytes) => round(bytes / 1e6)
  const lines = [
    ['clusters', ({ clusters }) => round(clusters)],
    ['askers, each cluster', ({ askers }) => round(askers)],
    ['images/s, each cluster', ({ imagesASecond }) => round(imagesASecond)],
    [
      'MB/s in and out of the brokers',
      ({ bytesIn, bytesOut }) => `${mb(bytesIn)}, ${mb(bytesOut)}`,
    ],
    ['askers a reply partition', ({ readersAPartition }) => round(readersAPartition)],
    ['request partitions', ({ requestPartitions }) => round(requestPartitions)],
    ['reply partitions', ({ replyPartitions }) => round(replyPartitions)],
    ['broker cores', ({ brokerCores }) => round(brokerCores)],
    ['brokers, each cluster', ({ brokers, bound }) => `${round(brokers)} (${bound})`],
    ['connections of each broker', ({ connectionsABroker }) => round(connectionsABroker)],
    ['producers remembered, cluster', ({ producerStates }) => round(producerStates)],
    ['consumer groups', ({ groups }) => round(groups)],
    ['replicas, each cluster', ({ replicas }) => round(replicas)],
    ['memory of them, GB', ({ memoryGb }) => round(memoryGb)],
  ].map(([name, of]) => [name, ...links.map(of)])
  const table = tableOf(['each link', ...links.map(({ link }) => link)], lines)
  const broken = breaks.map((line) => `- Beyond what is documented: ${line}.`)
  return [table, ...(broken.length === 0 ? [] : ['', ...broken])].join('\n')
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [run, own = '{}'] = process.argv.slice(2)
  if (run === undefined) throw new Error('Expected the scaling.json of a run, got nothing')
  const { costs } = JSON.parse(readFileSync(run, 'utf8'))
  const fleet = { ...defaultFleet, ...JSON.parse(own) }
  process.stdout.write(`${describeFleet(sizeFleet(fleet, costs))}\n`)
}
