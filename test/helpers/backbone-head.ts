// Exits of a backbone: what they give, against the same sums in plain JavaScript.
import { join } from 'node:path'
import type { Backbone, BackboneCut, Dense, ExitHead } from '../../src/model/backbone/backbone.ts'
import { runFolder } from './backbone-models.ts'
import { tempFolder } from './cli.ts'
import { assertClose } from './close.ts'

/** A piece with an exit at `name` gives its features and logits, in this order; the last one logits alone. */
export async function assertHead(
  backbone: Backbone,
  name: string,
  isHidden: boolean,
  image: Float32Array,
  shape: readonly number[],
): Promise<void> {
  const cut = backbone.cutAt(name)
  const head = headFor(channelsOf(cut), isHidden)
  const run = async (isLast: boolean) => {
    const folder = join(tempFolder(), 'piece')
    await backbone.writePiece(folder, { from: undefined, to: name, head, isLast })
    return runFolder(folder, backbone.format, image, shape)
  }
  const [features, logits, ...more] = await run(false)
  const [only, ...others] = await run(true)
  const expected = applyHead(head, average(cut, features ?? new Float32Array(0)))
  assertClose(logits ?? [], expected, 1e-5, `logits at ${name}`)
  assertClose(only ?? [], expected, 1e-5, `logits alone at ${name}`)
  if (more.length + others.length > 0) throw new Error(`Expected no further outputs at ${name}`)
}

export function channelsOf({ shape, layout }: BackboneCut): number {
  return (layout === 'nchw' ? shape[0] : shape.at(-1)) as number
}

function headFor(channels: number, isHidden: boolean): ExitHead {
  const dense = (inputs: number, outputs: number): Dense => ({
    kernel: Float32Array.from({ length: inputs * outputs }, (_, i) => Math.sin(i + outputs)),
    bias: Float32Array.from({ length: outputs }, (_, i) => Math.cos(i) / 10),
  })
  return isHidden
    ? { hidden: dense(channels, 5), logits: dense(5, 3) }
    : { hidden: undefined, logits: dense(channels, 3) }
}

function average(cut: BackboneCut, features: Float32Array): number[] {
  const channels = channelsOf(cut)
  const places = features.length / channels
  const at = (place: number, channel: number) =>
    cut.layout === 'nchw' ? channel * places + place : place * channels + channel
  return Array.from({ length: channels }, (_, channel) => {
    let sum = 0
    for (let place = 0; place < places; place++) sum += features[at(place, channel)] as number
    return sum / places
  })
}

function applyHead({ hidden, logits }: ExitHead, values: readonly number[]): number[] {
  const inner =
    hidden === undefined ? values : applyDense(hidden, values).map((v) => Math.max(0, v))
  return applyDense(logits, inner)
}

function applyDense({ kernel, bias }: Dense, values: readonly number[]): number[] {
  return Array.from(bias, (start, unit) =>
    values.reduce((sum, v, i) => sum + v * (kernel[i * bias.length + unit] as number), start),
  )
}
