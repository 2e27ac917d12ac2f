// Whether a model answers otherwise each time: many copies of one sample in one pass, whose rows are compared.
import { sizeOf, type Shape } from '../../../domain/tensor.ts'
import type { OpenModel, PassOutput } from './open-model.ts'

/** Of images that are turned over or not, all copies fall alike once in 2^15. */
const copies = 16

/** @param input of one sample. @param run one pass over `count` samples. */
export async function drawsNumbers(
  { mayDraw }: Pick<OpenModel, 'mayDraw'>,
  input: Shape,
  run: (samples: Float32Array, count: number) => Promise<readonly PassOutput[]>,
): Promise<boolean> {
  if ((await mayDraw?.()) !== true) return false
  const length = sizeOf(input)
  const samples = Float32Array.from(
    { length: copies * length },
    (_, i) => 0.5 + 0.5 * Math.sin(0.17 * (i % length)),
  )
  const given = await run(samples, copies)
  return given.some(({ values }) => !areRowsAlike(values))
}

/** Up to what rounding makes of a row's place in the batch. */
function areRowsAlike(values: Float32Array): boolean {
  const length = values.length / copies
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return values.every((value, i) => {
    const first = values[i % length] as number
    return Math.abs(value - first) <= 1e-4 * largest || Object.is(value, first)
  })
}
