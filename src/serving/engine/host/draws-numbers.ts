// Whether a model answers otherwise each time: many copies of one sample in one pass, whose rows are compared.
import { waveOf, type Passes } from './wave.ts'

/** Of images that are turned over or not, all copies fall alike once in 2^15. */
const copies = 16

/**
 * A warning hangs on it and nothing else: where the look fails, the model serves as if it drew none.
 * @param mayDraw whether its files have operations that draw.
 */
export async function drawsNumbers(
  passes: Passes,
  mayDraw: () => Promise<boolean>,
): Promise<boolean> {
  if (!(await mayDraw().catch(() => false))) return false
  const sample = waveOf(passes, 0.17, (wave) => 0.5 + 0.5 * wave)
  const samples = new Float32Array(copies * sample.length)
  for (let copy = 0; copy < copies; copy++) samples.set(sample, copy * sample.length)
  const given = await passes.run(samples, copies).catch(() => [])
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
