// Where an image's time went in a chain: what each process says of its own stages, laid out so that no
// millisecond is in two parts. A hop is what its asker waited, less what the tier that answered says it took.
import type { Part, PartName } from '../contestant.ts'
import type { TierTotals } from './scrape.ts'

/** Of the process that asks: totals, milliseconds. */
interface AskerTotals {
  readonly name: string
  readonly decode: number
  /** From the request's encoding to the reply, the tiers' time in it. */
  readonly asking: number
}

/** `tiers` in the order in which they are asked. Totals in, totals out; milliseconds. */
export function chainParts(asker: AskerTotals, tiers: readonly TierTotals[]): readonly Part[] {
  const parts: Part[] = [{ where: asker.name, part: 'decode', ms: asker.decode }]
  let asking = asker.asking
  let from = asker.name
  for (const { tier, stages } of tiers) {
    const of = (stage: string) => stages[stage] ?? 0
    // The answer has left when the reply's acknowledgement is still awaited.
    const answering = of('total') - of('reply')
    parts.push({ where: `${from}-${tier}`, part: 'hop', ms: asking - answering })
    const own: readonly (readonly [PartName, number])[] = [
      ['decode', of('decode')],
      ['queue', of('queue')],
      ['compute', of('compute')],
      ['encode', of('encode')],
      ['other', answering - of('decode') - of('queue') - of('compute') - of('offload')],
    ]
    for (const [part, ms] of own) parts.push({ where: tier, part, ms })
    asking = of('offload') - of('encode')
    from = tier
  }
  return parts
}
