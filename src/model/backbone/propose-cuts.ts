// Where exits pay: early enough that the first tiers do little, at a tensor that is small to send.
import type { Backbone, BackboneCut } from './backbone.ts'

/** Of the network's cost, by how many exits are wanted beside the last: [edge], [edge, fog]... */
function sharesFor(count: number): readonly number[] {
  if (count === 1) return [0.4]
  // 0.25 and 0.6 for two.
  return Array.from({ length: count }, (_, k) => 0.25 + (k * 0.7) / count)
}

/** How far from the wanted share a tensor may be to be looked at. */
const reach = { before: 0.17, after: 0.07 }

/**
 * The tensors to attach exits to where the user names none, in order. Fewer where the network has fewer places.
 * @param count beside the last exit
 */
export function proposeCuts(backbone: Backbone, count = 2): readonly BackboneCut[] {
  const { cuts } = backbone
  const end = cuts.findIndex(({ name }) => name === backbone.lastFeatures)
  // What comes after costs nothing worth a tier of its own.
  const before = end < 0 ? cuts.slice(0, -1) : cuts.slice(0, end)
  const counted = before.filter((cut) => shareOf(backbone, cut) > 0)
  const inner = counted.filter((cut) => shareOf(backbone, cut) < 0.97)
  const possible = inner.length > 0 ? inner : counted
  const chosen: BackboneCut[] = []
  for (const wanted of sharesFor(count)) {
    const last = chosen.at(-1)
    const later = possible.filter(
      (cut) => last === undefined || shareOf(backbone, cut) > shareOf(backbone, last),
    )
    const best = bestNear(backbone, later, wanted)
    if (best !== undefined) chosen.push(best)
  }
  return chosen
}

/** Of the network's multiply-adds, 0 to 1; by its place where nothing is counted. */
export function shareOf({ cuts, multiplyAdds }: Backbone, cut: BackboneCut): number {
  if (multiplyAdds > 0) return cut.multiplyAdds / multiplyAdds
  return (cuts.findIndex(({ name }) => name === cut.name) + 1) / cuts.length
}

function bestNear(
  backbone: Backbone,
  cuts: readonly BackboneCut[],
  wanted: number,
): BackboneCut | undefined {
  const distance = (cut: BackboneCut) => Math.abs(shareOf(backbone, cut) - wanted)
  const isNear = (cut: BackboneCut) => {
    const share = shareOf(backbone, cut)
    return share >= wanted - reach.before && share <= wanted + reach.after
  }
  const closest = Math.min(...cuts.map(distance))
  const near = cuts.some(isNear)
    ? cuts.filter(isNear)
    : cuts.filter((cut) => distance(cut) <= closest + 0.02)
  const weights = near.map((cut) => weigh(cut) * (1 + distance(cut)))
  // Of tensors of the same cost the last: what follows a convolution belongs to it.
  return near[weights.lastIndexOf(Math.min(...weights))]
}

/** Bytes to send; what an activation gave is worth a little more, what is still without its bias a little less. */
function weigh({ op, bytes }: BackboneCut): number {
  if (activation.test(op) || /pool/i.test(op)) return bytes
  if (/pad/i.test(op)) return bytes * 1.5
  return /conv|matmul/i.test(op) ? bytes * 1.35 : bytes * 1.25
}

const activation = /relu|swish|silu|gelu|elu|sigmoid|tanh|mish|clip|activation/i
