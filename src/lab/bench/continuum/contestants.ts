// The paper's experiment: early exit over device, edge, fog and cloud beside sending every image to a cloud that
// holds the whole network, once for each form that an image may take on the way.
import type { SentForm } from '../../../serving/device/read-as.ts'
import type { Contestant } from '../contestant.ts'
import { createDdnnKafka, type BenchTier } from '../contestants/ddnn-kafka.ts'
import type { ContinuumLinks } from './links.ts'
import { cloudForms, describeForm, earlyForms } from './forms.ts'

interface ContinuumOptions {
  readonly links: Pick<ContinuumLinks, 'profile' | 'brokersOf'>
  /** At the profile's places, from the device's neighbour to the network's end. */
  readonly tiers: readonly BenchTier[]
  /** Of early exit; the first is 'ddnn' in tables. Default: earlyForms. */
  readonly early?: readonly SentForm[]
  /** Of cloud-only. Default: cloudForms. */
  readonly cloud?: readonly SentForm[]
  /** Further flags of every tier: --engine. */
  readonly flags: readonly string[]
  readonly partitions: number
  readonly maxInFlight: number
  readonly timeoutMs: number
}

/** Early exit first, with the manifests' thresholds and codecs; then cloud-only. */
export function continuumContestants(options: ContinuumOptions): readonly Contestant[] {
  const { links, tiers, early = earlyForms, cloud = cloudForms, ...common } = options
  const { flags, partitions, maxInFlight, timeoutMs } = common
  const shared = { flags, partitions, maxInFlight, timeoutMs, brokersOf: links.brokersOf }
  const places = tiers.map((tier) => tier.name).join(', ')
  const last = tiers.at(-1)?.name ?? 'cloud'
  const whole = { name: last, models: tiers.flatMap((tier) => tier.models) }
  return [
    ...early.map((form, i) =>
      createDdnnKafka({
        ...shared,
        name: i === 0 ? 'ddnn' : `ddnn, ${describeForm(form)}`,
        kind: 'ddnn',
        description: `early exit at ${places} over ${links.profile.name}; the device sends ${describeForm(form)}`,
        tiers,
        exits: 'any',
        ...sendOf(form),
      }),
    ),
    ...cloud.map((form) =>
      createDdnnKafka({
        ...shared,
        name: `cloud-only ${describeForm(form)}`,
        kind: 'cloud-only',
        description: `the whole network at ${last}, every image through all of it; the device sends ${describeForm(form)} over all links`,
        tiers: [whole],
        exits: 'last',
        ...sendOf(form),
      }),
    ),
  ]
}

function sendOf({ send, quality }: SentForm) {
  return { send, sendQuality: quality }
}
