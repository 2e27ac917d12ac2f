// Networks that were made elsewhere, opened for tests, and pieces of them run one after the other.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Backbone, BackbonePiece } from '../../src/model/backbone/backbone.ts'
import { sizeOf } from '../../src/domain/tensor.ts'
import { loadTfjsNode } from '../../src/lab/training/tfjs-node.ts'
import { openBackbone } from '../../src/model/backbone/open-backbone.ts'
import type { ImageSides } from '../../src/model/backbone/sides.ts'
import { describeOutputs, openProbe } from '../../src/serving/engine/open-probe.ts'
import { tempFolder } from './cli.ts'
import { repoPath } from './paths.ts'

export interface BackboneAnswers {
  /** Of one image, as the network takes it. */
  readonly shape: readonly number[]
  /** Of the images of `imageOf`, by who made the network. */
  readonly logits: readonly (readonly number[])[]
}

const backbonePath = (name: string) => repoPath('test', 'golden', 'backbone', name)

/** A network of test/golden/backbone; of those that take any size it is the one of their answers. */
export const openGolden = (name: string) =>
  openForTest(backbonePath(name), { height: 16, width: 16 })

export function openForTest(path: string, sides?: ImageSides): Promise<Backbone> {
  return openBackbone(path, { describe: describeOutputs, loadTf: loadTfjsNode, sides })
}

export async function readAnswers(name: string): Promise<BackboneAnswers> {
  const text = await readFile(join(backbonePath(name), 'answers.json'), 'utf8')
  return JSON.parse(text) as BackboneAnswers
}

/** The image of this number, by the formula of test/golden/backbone: values in [0, 1). */
export function imageOf(shape: readonly number[], k: number): Float32Array {
  return Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => ((i * 7919 + k * 104729) % 997) / 997,
  )
}

/** All outputs of a model folder for one sample. */
export async function runFolder(
  folder: string,
  format: Backbone['format'],
  values: Float32Array,
  shape: readonly number[],
): Promise<readonly Float32Array[]> {
  const probe = await openProbe(folder, format)
  try {
    return (await probe.pass(values, [1, ...shape])).map((output) => output.values)
  } finally {
    probe.dispose()
  }
}

/** Cuts the network at these tensors; gives what the last piece gives for an image. */
export async function runInPieces(
  backbone: Backbone,
  names: readonly string[],
  image: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  let values = image
  let shapeOfValues = shape
  const folder = tempFolder()
  for (const [i, to] of [...names, undefined].entries()) {
    const isLast = to === undefined
    const piece: BackbonePiece = { from: names[i - 1], to, head: undefined, isLast }
    const place = join(folder, String(i))
    await backbone.writePiece(place, piece)
    const [output] = await runFolder(place, backbone.format, values, shapeOfValues)
    values = output ?? new Float32Array(0)
    if (to !== undefined) shapeOfValues = backbone.cutAt(to).shape
  }
  return values
}
