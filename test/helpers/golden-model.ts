// The models of test/golden/engine as folders that an engine loads: their weights and inputs follow
// the formula of make-golden.py, exact in float32, so that only topologies and answers are stored.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readModelFolder } from '../../src/model/folder.ts'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'
import { sizeOf, type Shape } from '../../src/domain/tensor.ts'
import { repoPath } from './paths.ts'

export const goldenFolder = repoPath('test', 'golden', 'engine')
export const goldenSamples = 3

export interface GoldenSubmodel {
  readonly spec: SubmodelSpec
  /** Exit values by sample and exit, as Keras gives them. */
  readonly exits: readonly (readonly (readonly number[])[])[]
  /** Features of the first sample; undefined where there are none. */
  readonly features: Float32Array | undefined
}

interface ModelJson {
  readonly weightsManifest: readonly {
    readonly weights: readonly { readonly name: string; readonly shape: Shape }[]
  }[]
  readonly userDefinedMetadata: { readonly seed: number }
}

/** Writes a family's submodels with their weights below `folder`, in the order of the chain. */
export async function writeGoldenFamily(
  family: 'compact' | 'original' | 'small',
  folder: string,
): Promise<readonly GoldenSubmodel[]> {
  const source = join(goldenFolder, family)
  const places = ['edge', 'fog', 'cloud']
  const names = (await readdir(source)).filter((name) => !['graph', 'saved-model'].includes(name))
  names.sort((a, b) => places.indexOf(a) - places.indexOf(b) || (a < b ? -1 : 1))
  const submodels: GoldenSubmodel[] = []
  for (const name of names) {
    const target = join(folder, name)
    await writeGoldenModel(join(source, name), target)
    const answers = JSON.parse(await readFile(join(source, name, 'answers.json'), 'utf8')) as {
      features: Shape | null
      exits: number[][][]
    }
    const [spec] = await readModelFolder(target)
    if (spec === undefined) throw new Error(`Expected a submodel in '${target}'`)
    const features =
      answers.features === null ? undefined : await readFloats(join(source, name, 'features.bin'))
    submodels.push({ spec, exits: answers.exits, features })
  }
  return submodels
}

async function writeGoldenModel(source: string, target: string): Promise<void> {
  const text = await readFile(join(source, 'model.json'), 'utf8')
  const { weightsManifest, userDefinedMetadata } = JSON.parse(text) as ModelJson
  const weights = weightsManifest
    .flatMap((group) => group.weights)
    .map(({ name, shape }, index) => formulaWeight(name, shape, userDefinedMetadata.seed + index))
  await mkdir(target, { recursive: true })
  await writeFile(join(target, 'model.json'), text)
  await writeFile(
    join(target, 'weights.bin'),
    Buffer.concat(weights.map((values) => Buffer.from(values.buffer))),
  )
}

/** Sample `index` of the golden inputs: float32 in [0, 1). */
export function goldenInput(shape: Shape, index: number): Float32Array {
  return uniform(sizeOf(shape), 500 + index).map((u) => (u + 1) / 2)
}

function formulaWeight(name: string, shape: Shape, seed: number): Float32Array {
  const u = uniform(sizeOf(shape), seed)
  const kind = name.slice(name.lastIndexOf('/') + 1)
  if (kind === 'kernel') {
    const scale = 2 ** Math.round(Math.log2(Math.sqrt(6 / sizeOf(shape.slice(0, -1)))))
    return u.map((value) => value * scale)
  }
  if (kind === 'gamma') return u.map((value) => 1 + value / 4)
  if (kind === 'moving_variance') return u.map((value) => 1 + value / 2)
  return u.map((value) => value / 8)
}

/** Values in [-1, 1), multiples of 2^-15: a multiply-and-shift hash of (index, seed). */
function uniform(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => {
    let x = (index + seed * 1000003) >>> 0
    x = Math.imul(x, 2654435761) >>> 0
    x = (x ^ (x >>> 15)) >>> 0
    x = Math.imul(x, 2246822519) >>> 0
    x = (x ^ (x >>> 13)) >>> 0
    return ((x >>> 16) - 32768) / 32768
  })
}

export async function readFloats(file: string): Promise<Float32Array> {
  const bytes = await readFile(file)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
