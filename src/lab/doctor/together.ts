// What the processes of one deployment share while they are examined one after the other: brokers that are looked
// at once, a broker that starts with them, and tiers that stand in front of each other once all are started.
import type { LinkConfig } from '../../cli/config.ts'
import type { ClusterView } from '../../serving/transport/kafka/inspect/advertised.ts'
import { checkCluster, type ExaminedCluster } from './cluster.ts'
import type { Checked, Examination } from './examination.ts'

export interface Together {
  /** host:port that stands for the broker which is started with all of them. */
  readonly ownBroker: string
  /** Of each request topic the tier that will answer in it. */
  readonly answerers: ReadonlyMap<string, string>
  /** Clusters that were looked at, by what leads to them; filled on the way. */
  readonly clusters: Map<string, Checked<ClusterView>>
}

/** Whether the link's broker is not there before all are started. */
export function startsLater(link: LinkConfig, together: Together | undefined): boolean {
  return together !== undefined && link.requestBrokers.includes(together.ownBroker)
}

/** As `checkCluster`; one that an earlier process is led to in the same way is not looked at again. */
export async function checkClusterOnce(
  exam: Examination,
  examined: ExaminedCluster,
  { tls, sasl }: LinkConfig,
  together: Together | undefined,
): Promise<Checked<ClusterView>> {
  const { brokers } = examined.options
  const way = JSON.stringify([brokers, tls, sasl])
  const known = together?.clusters.get(way)
  if (known === undefined) {
    const view = await checkCluster(exam, examined)
    together?.clusters.set(way, view)
    return view
  }
  const name = { id: `${examined.id}.brokers`, group: examined.group, title: 'brokers' }
  const { value } = known
  if (value === undefined) return exam.skip(name, 'they were not well above')
  return exam.check(name, () => ({
    found: `${brokers.join(', ')}: looked at above`,
    facts: { brokers },
    value,
  }))
}
