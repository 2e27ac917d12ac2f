// The networks of src/model/networks with the weights and images of test/golden/networks, which follow
// formulas that any language can make again: built by tfjs, and as folders that an engine loads.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import { readModelFolder } from '../../src/model/folder.ts'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'
import { createBLenetNetwork } from '../../src/model/networks/b-lenet.ts'
import { createCompactNetwork } from '../../src/model/networks/compact.ts'
import { createCompact32Network } from '../../src/model/networks/compact-32.ts'
import {
  assemble,
  type CreateNetwork,
  type Family,
  type LayersModel,
  type Tf,
} from '../../src/model/networks/network.ts'
import { createOriginalNetwork } from '../../src/model/networks/original.ts'
import { createVgg16Network } from '../../src/model/networks/vgg16.ts'
import { withoutDraws } from '../../src/model/networks/without-draws.ts'
import { modelFiles } from '../../src/model/weights.ts'
import { loadTfjsNode } from '../../src/lab/training/tfjs-node.ts'
import { tempFolder } from './cli.ts'
import { repoPath } from './paths.ts'

export interface GoldenOutput {
  readonly shape: readonly number[]
  readonly mean: number
  readonly first: readonly number[]
}

export interface GoldenNetwork {
  readonly height: number
  readonly width: number
  readonly classes: number
  readonly weights: number
  readonly outputs: readonly GoldenOutput[]
}

const tf = loadTfjsNode()
export const networks = {
  original: createOriginalNetwork,
  compact: createCompactNetwork,
  'compact-32': createCompact32Network,
  vgg16: createVgg16Network,
  'b-lenet': createBLenetNetwork,
} as const
export type NetworkName = keyof typeof networks
export const networkNames = Object.keys(networks) as NetworkName[]

interface Golden {
  readonly networks: Readonly<Record<NetworkName, readonly GoldenNetwork[]>>
}

export const golden = JSON.parse(
  readFileSync(repoPath('test', 'golden', 'networks', 'golden.json'), 'utf8'),
) as Golden

/** shift + scale * sin(1.7 i + phase): the formula of make-golden.py, in a plain loop, since networks have millions. */
function wave(count: number, phase: number, shift: number, scale: number): Float32Array {
  const values = new Float32Array(count)
  for (let i = 0; i < count; i++) values[i] = shift + scale * Math.sin(1.7 * i + phase)
  return values
}
const phaseOf = (name: string) =>
  ([...name].reduce((sum, c, i) => sum + (i + 1) * c.charCodeAt(0), 0) % 1000) / 7

function setGoldenWeights(model: LayersModel): void {
  for (const layer of model.layers) {
    const isNorm = layer.getClassName() === 'BatchNormalization'
    const weights = layer.getWeights().map((old, i, all) => {
      const fanIn = old.shape.slice(0, -1).reduce((product, axis) => product * axis, 1)
      const normal = [[1, 0.2] as const, [0, 0.1] as const, [0, 0.1] as const, [0.6, 0.3] as const]
      // Without a factor the offset is the first.
      const [shift, scale] = isNorm
        ? (normal[i + normal.length - all.length] ?? [0, 1])
        : ([0, old.rank > 1 ? Math.sqrt(3 / fanIn) : 0.1] as const)
      return tf.tensor(wave(old.size, phaseOf(layer.name) + i, shift, scale), old.shape)
    })
    layer.setWeights(weights)
    tf.dispose(weights)
  }
}

/** Two images `[2, height, width, 3]`. */
export function goldenImages(height: number, width: number): Float32Array {
  return wave(2 * height * width * 3, 0.3, 0.5, 0.5)
}

export function goldenImage(height: number, width: number): Tensor {
  return tf.tensor(goldenImages(height, width), [2, height, width, 3])
}

interface BuildOptions {
  readonly height: number
  readonly width: number
  readonly classes: number
  readonly seed?: number
}

export function build(createNetwork: CreateNetwork, options: BuildOptions, from: Tf = tf): Family {
  const { parts, whole } = createNetwork(from, { seed: 1, ...options })
  return assemble(tf, options, parts, options, whole)
}

/** With all weights 0. */
export function buildUndrawn(createNetwork: CreateNetwork, options: BuildOptions): Family {
  return build(createNetwork, options, withoutDraws(tf))
}

/** With the weights of make-golden.py. */
export function buildGolden(name: NetworkName, network: GoldenNetwork): Family {
  const family = buildUndrawn(networks[name], network)
  setGoldenWeights(family.whole)
  return family
}

const written = new Map<GoldenNetwork, Promise<readonly SubmodelSpec[]>>()

/**
 * A network's submodels with the golden weights as layers models, one a folder and without manifests, in the
 * order of the chain. Written once a process; nothing of them is left in tfjs.
 */
export function writeGoldenNetwork(
  name: NetworkName,
  network: GoldenNetwork,
): Promise<readonly SubmodelSpec[]> {
  const known = written.get(network) ?? write(name, network)
  written.set(network, known)
  return known
}

async function write(name: NetworkName, options: GoldenNetwork): Promise<readonly SubmodelSpec[]> {
  const { submodels, whole } = buildGolden(name, options)
  const folder = tempFolder()
  const specs: SubmodelSpec[] = []
  for (const submodel of submodels) {
    const target = join(folder, submodel.name)
    await submodel.model.save(modelFiles(target))
    specs.push(...(await readModelFolder(target)))
  }
  whole.dispose()
  return specs
}
