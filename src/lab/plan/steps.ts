// What an image spends its time on, step by step, without other images: the sum of Neurosurgeon and Edgent, with
// exits, codecs and the way back. Pure.
import type { Leg } from './legs.ts'
import type { PlanFacts, PlanOptions, PlanPart } from './plan.ts'

/** One step; images that leave at an exit of submodel `minStage` or a later one take it. */
export interface Step extends PlanPart {
  readonly minStage: number
}

/** Steps in the order of the legs. */
export function stepsOf(
  legs: readonly Leg[],
  { stages }: PlanFacts,
  { costs: { hopMs, replyBytes, overheadBytes } }: PlanOptions,
): readonly Step[] {
  return legs.flatMap(({ place, from, to, asked, decodeMs, encodeMs }, i): readonly Step[] => {
    const where = place.name
    const here = (part: PlanPart['part'], ms: number, minStage: number): Step => ({
      where,
      part,
      ms: ms / place.speed,
      minStage,
    })
    const isLast = i === legs.length - 1
    const steps: Step[] = []
    if (asked !== undefined) {
      const { hop, path, bytes } = asked
      const bitsUp = (bytes + overheadBytes) * 8
      const bitsDown = (replyBytes + overheadBytes) * 8
      const linkMs =
        2 * path.delayMs +
        (bitsUp / path.upBitsPerSecond + bitsDown / path.downBitsPerSecond) * 1000
      steps.push(
        { where: hop, part: 'hop', ms: hopMs, minStage: from },
        { where: hop, part: 'link', ms: linkMs, minStage: from },
      )
    }
    if (decodeMs > 0) steps.push(here('decode', decodeMs, from))
    for (const [k, stage] of stages.slice(from, to).entries()) {
      steps.push(here('compute', stage.computeMs, from + k))
    }
    if (!isLast && encodeMs > 0) steps.push(here('encode', encodeMs, to))
    return steps
  })
}

/** Share of images that leave at an exit of this submodel or a later one. */
export function reachOf(
  stage: number,
  left: readonly number[],
  { exits }: Pick<PlanFacts, 'exits'>,
): number {
  return left.reduce((sum, share, e) => ((exits[e]?.stage ?? 0) >= stage ? sum + share : sum), 0)
}

/** Time of an image that leaves at each exit. */
export function exitMsOf(
  steps: readonly Step[],
  { exits }: Pick<PlanFacts, 'exits'>,
): readonly number[] {
  return exits.map(({ stage }) =>
    steps.reduce((sum, { ms, minStage }) => (minStage <= stage ? sum + ms : sum), 0),
  )
}

/** The steps as means over all images; those of one place and kind together. */
export function partsOf(
  steps: readonly Step[],
  left: readonly number[],
  facts: Pick<PlanFacts, 'exits'>,
): readonly PlanPart[] {
  const parts = new Map<string, PlanPart>()
  for (const { where, part, ms, minStage } of steps) {
    const key = `${where} ${part}`
    const share = reachOf(minStage, left, facts)
    // No one waits for ever where no one comes.
    const mean = share === 0 ? 0 : ms * share
    parts.set(key, { where, part, ms: (parts.get(key)?.ms ?? 0) + mean })
  }
  return [...parts.values()]
}
