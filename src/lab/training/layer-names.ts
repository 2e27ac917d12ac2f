// What a recipe says of layers by the beginning of their names: from where on they learn no more, and how fast before.
import { ConfigError } from '../../errors.ts'
import type { LayersModel } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'

/** `edge_norm1` is the beginning of `edge_norm1` and `edge_norm1_part`, and not of `edge_norm12`. */
function beginsWith(layer: string, beginning: string): boolean {
  if (!layer.startsWith(beginning)) return false
  return !(/\d$/.test(beginning) && /^\d/.test(layer.slice(beginning.length)))
}

/** Share of the run from which the layer of this name stays as it is; Infinity where it never does. The earliest counts. */
export function frozenFrom(freeze: Recipe['freeze'], layer: string): number {
  let from = Infinity
  for (const [beginning, share] of Object.entries(freeze)) {
    if (beginsWith(layer, beginning)) from = Math.min(from, share)
  }
  return from
}

/** Learning rate of the layer of this name as a multiple of the recipe's. The longest beginning counts. */
export function rateOfLayer(rates: Recipe['layerRates'], layer: string): number {
  const beginnings = Object.keys(rates).filter((beginning) => beginsWith(layer, beginning))
  const longest = beginnings.toSorted((a, b) => b.length - a.length)[0]
  return longest === undefined ? 1 : (rates[longest] as number)
}

/** @throws DDNN_CONFIG_INVALID where a name is the beginning of no layer that learns. */
export function checkLayerNames(model: LayersModel, recipe: Recipe): void {
  check(model, 'freeze', recipe.freeze, "'edge' freezes all layers of the part 'edge'")
  check(model, 'layerRates', recipe.layerRates, "'edge' is of all layers of the part 'edge'")
}

function check(
  { layers }: LayersModel,
  field: string,
  named: Readonly<Record<string, number>>,
  hint: string,
): void {
  const known = layers
    .filter(({ trainableWeights }) => trainableWeights.length > 0)
    .map(({ name }) => name)
  const stray = Object.keys(named).filter(
    (beginning) => !known.some((name) => beginsWith(name, beginning)),
  )
  if (stray.length === 0) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected recipe.${field} to name the beginning of layers that learn, got '${stray.join("', '")}'; these are ${known.join(', ')}`,
    { hint },
  )
}
