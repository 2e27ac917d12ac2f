// What exits give where the manifest is silent: probabilities, which add up to 1 or are a single sigmoid unit, or
// logits. The model's files tell it by their last operation; where they do not, values that come of wild inputs do.
import type { ExitEnds, ExitGives } from '../../../domain/confidence.ts'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { waveOf, type Passes } from './wave.ts'

/** An exit on its first pass, of an input of zeros. */
interface FirstValues {
  /** Place among all outputs of the model. */
  readonly place: number
  /** As the model's files call it. */
  readonly name: string
  /** Of one sample. */
  readonly values: Float32Array
}

/**
 * Of each exit what its values are, in order: the manifest's word first.
 * @param readEnds what the model's files tell; asked for exits of which no manifest speaks.
 */
export async function readExits(
  spec: SubmodelSpec,
  exits: readonly FirstValues[],
  passes: Passes,
  readEnds: () => Promise<ExitEnds>,
): Promise<readonly ExitGives[]> {
  const said = exits.map((_, exit) => spec.exits?.[exit]?.gives)
  const open = exits.filter(({ values }, exit) => said[exit] === undefined && mayBeShares(values))
  const found = open.length === 0 ? undefined : await findGives(open, passes, readEnds)
  return exits.map(({ place }, exit) => said[exit] ?? found?.get(place) ?? 'logits')
}

/** From 0 to 1 and adding up to 1; of a single unit any value from 0 to 1. */
export function mayBeShares(values: Float32Array): boolean {
  const sum = values.reduce((total, value) => total + value, 0)
  const isWhole = values.length === 1 || Math.abs(sum - 1) < 1e-3
  return isWhole && values.every((value) => value >= 0 && value <= 1)
}

async function findGives(
  exits: readonly FirstValues[],
  passes: Passes,
  readEnds: () => Promise<ExitEnds>,
): Promise<ReadonlyMap<number, ExitGives>> {
  // What cannot be read (an ONNX file of more than 2 GB) runs all the same.
  const endOf = await readEnds().catch(() => () => undefined)
  const found = new Map<number, ExitGives>()
  for (const { place, name, values } of exits) {
    const end = endOf({ index: place, name, units: values.length })
    if (end !== undefined) found.set(place, end)
  }
  const unknown = exits.map(({ place }) => place).filter((place) => !found.has(place))
  if (unknown.length === 0) return found
  const shares = await sharesOfWildInputs(unknown, passes)
  for (const place of unknown) found.set(place, shares.has(place) ? 'probabilities' : 'logits')
  return found
}

/**
 * Those that stay shares whatever comes in. Logits would not, of values a thousand times those of images; several
 * sigmoid units might, which are 0 or 1 of such values, but would not of an image.
 */
async function sharesOfWildInputs(
  places: readonly number[],
  passes: Passes,
): Promise<ReadonlySet<number>> {
  const shares = new Set(places)
  const samples = [
    ...[1, -1].map((sign) => waveOf(passes, sign * 1.7, (wave) => 1000 * (wave + 0.5 * sign))),
    waveOf(passes, 0.17, (wave) => 0.5 + 0.5 * wave),
  ]
  for (const sample of samples) {
    const given = await passes.run(sample, 1)
    for (const place of places) {
      const values = given[place]?.values ?? new Float32Array(0)
      if (!mayBeShares(values)) shares.delete(place)
    }
  }
  return shares
}
