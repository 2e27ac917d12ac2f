// Which network is trained: one of ours by name, or the user's own module.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../../errors.ts'
import { createBLenetNetwork } from '../../model/networks/b-lenet.ts'
import { createCompactNetwork } from '../../model/networks/compact.ts'
import { createCompact32Network } from '../../model/networks/compact-32.ts'
import type { CreateNetwork } from '../../model/networks/network.ts'
import { createOriginalNetwork } from '../../model/networks/original.ts'
import { createVgg16Network } from '../../model/networks/vgg16.ts'
import type { NetworkName, TrainOptions } from './options.ts'

const networks: Readonly<Record<NetworkName, CreateNetwork>> = {
  compact: createCompactNetwork,
  'compact-32': createCompact32Network,
  original: createOriginalNetwork,
  vgg16: createVgg16Network,
  'b-lenet': createBLenetNetwork,
}

/**
 * The network to train.
 * @throws DDNN_MODULE_INVALID when the module does not load or lacks the export `createNetwork`.
 */
export async function resolveNetwork(
  options: Pick<TrainOptions, 'network' | 'modelModule'>,
): Promise<CreateNetwork> {
  const { modelModule } = options
  if (modelModule === undefined) return networks[options.network]
  const hint = 'Export createNetwork(tf, options) from it; docs/modules.md shows one'
  let loaded: { readonly createNetwork?: unknown }
  try {
    loaded = (await import(pathToFileURL(resolve(modelModule)).href)) as typeof loaded
  } catch (cause) {
    const message = `Expected --model-module '${modelModule}' to load, got ${String(cause)}`
    throw new ConfigError('DDNN_MODULE_INVALID', message, { cause, hint })
  }
  if (typeof loaded.createNetwork !== 'function') {
    const message = `Expected --model-module '${modelModule}' to export createNetwork, got ${typeof loaded.createNetwork}`
    throw new ConfigError('DDNN_MODULE_INVALID', message, { hint })
  }
  return loaded.createNetwork as CreateNetwork
}
