// Layers that learn no more from a share of the run on: what is behind the last of them need not be gone back through.
import { ConfigError } from '../../errors.ts'
import type { LayersModel } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'

/** Share of the run from which the layer of this name stays as it is; Infinity where it never does. The earliest counts. */
export function frozenFrom(freeze: Recipe['freeze'], layer: string): number {
  let from = Infinity
  for (const [beginning, share] of Object.entries(freeze)) {
    if (layer.startsWith(beginning)) from = Math.min(from, share)
  }
  return from
}

/** @throws DDNN_CONFIG_INVALID where a name is the beginning of no layer. */
export function checkFreeze({ layers }: LayersModel, freeze: Recipe['freeze']): void {
  const stray = Object.keys(freeze).filter(
    (beginning) => !layers.some(({ name }) => name.startsWith(beginning)),
  )
  if (stray.length === 0) return
  const known = layers.filter(({ weights }) => weights.length > 0).map(({ name }) => name)
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected recipe.freeze to name the beginning of layers, got '${stray.join("', '")}'; layers with weights are ${known.join(', ')}`,
    { hint: "'edge' freezes all layers of the part 'edge'" },
  )
}
