// Writes a backbone with its exits as a family: a model folder a piece, in the network's own form, and the list of
// them.
import { defaultOrientation } from '../../../domain/orientation.ts'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DdnnError } from '../../../errors.ts'
import type { Backbone, ExitHead } from '../../../model/backbone/backbone.ts'
import type { SubmodelManifest } from '../../../model/manifest.ts'
import {
  openPartial,
  partialOf,
  rounded,
  swapIn,
  writeManifestFile,
  writeWhole,
} from '../family-folders.ts'
import type { FamilyFacts } from '../save.ts'
import type { BackboneInput } from './input.ts'
import type { ExitPlace } from './places.ts'
import { channelsOf } from './pooled-features.ts'

interface BackboneFamily {
  readonly backbone: Backbone
  readonly input: BackboneInput
  readonly places: readonly ExitPlace[]
  /** Of each place; undefined where the network's own classifier answers. */
  readonly heads: readonly (ExitHead | undefined)[]
}

export const wholeName = 'model'

/**
 * Writes OUTPUT/NAME of each piece and OUTPUT/model; a folder is replaced as a whole, never in part. Returns the
 * family's hash: over labels, training data and files.
 * @throws DDNN_OUTPUT_FAILED when a folder cannot be written.
 */
export async function savePieces(
  family: BackboneFamily,
  facts: FamilyFacts,
  output: string,
): Promise<string> {
  const { backbone, places, heads } = family
  const hash = createHash('sha256')
  hash.update(JSON.stringify([facts.labels, facts.trainingData.hash]))
  try {
    const outputs: (readonly string[])[] = []
    for (const [i, { name, cut, isOwn }] of places.entries()) {
      const partial = await openPartial(join(output, name))
      const piece = {
        from: places[i - 1]?.cut.name,
        to: isOwn ? undefined : cut.name,
        head: heads[i],
        isLast: i === places.length - 1,
      }
      outputs.push(await backbone.writePiece(partial, piece))
      for (const file of (await readdir(partial)).sort()) {
        hash.update(await readFile(join(partial, file)))
      }
    }
    const familyHash = hash.digest('hex').slice(0, 16)
    for (const [i, { name }] of places.entries()) {
      const manifest = manifestOf(family, facts, familyHash, i, outputs[i] ?? [])
      await writeManifestFile(partialOf(join(output, name)), manifest)
    }
    for (const { name } of places) await swapIn(join(output, name))
    const names = places.map(({ name }) => name)
    await writeWhole(output, wholeName, names)
    return familyHash
  } catch (cause) {
    throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write models to '${output}'`, {
      cause,
      hint: 'Check that the folder can be written and the disk is not full',
    })
  }
}

function manifestOf(
  { backbone, input, places, heads }: BackboneFamily,
  facts: FamilyFacts,
  family: string,
  index: number,
  outputs: readonly string[],
): SubmodelManifest {
  const { name, cut, isOwn } = places[index] as ExitPlace
  const before = places[index - 1]?.cut
  const { temperature = 1, threshold, accuracy = 0 } = facts.exits[index] ?? {}
  const { height, width } = input
  const isLast = index === places.length - 1
  const own = cut.multiplyAdds - (before?.multiplyAdds ?? 0)
  return {
    format: 1,
    family,
    version: facts.version,
    name,
    place: { index, count: places.length },
    input: before === undefined ? [height, width, 3] : [...before.shape],
    features: isLast ? null : [...cut.shape],
    outputs: [...outputs],
    exits: [
      {
        index,
        gives: isOwn ? backbone.gives : 'logits',
        temperature: rounded(temperature),
        ...(threshold === undefined ? {} : { threshold: rounded(threshold) }),
        accuracy: rounded(accuracy),
      },
    ],
    multiplyAdds: own + headCost(heads[index], channelsOf(cut)),
    labels: [...facts.labels],
    preprocessing: preprocessingOf(input, facts),
    trainingData: { ...facts.trainingData },
  }
}

function preprocessingOf(
  { height, width, values: { scale, mean, std } }: BackboneInput,
  { orientation = defaultOrientation }: FamilyFacts,
): SubmodelManifest['preprocessing'] {
  return {
    ...{ height, width, scale, orientation },
    ...(mean === undefined ? {} : { mean: [...mean] }),
    ...(std === undefined ? {} : { std: [...std] }),
  }
}

/** Multiply-adds of the dense layers of a head. */
function headCost(head: ExitHead | undefined, channels: number): number {
  if (head === undefined) return 0
  const { hidden, logits } = head
  const units = hidden?.bias.length ?? channels
  return (hidden === undefined ? 0 : channels * units) + units * logits.bias.length
}
