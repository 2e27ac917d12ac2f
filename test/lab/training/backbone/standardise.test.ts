// Standardised channels, and heads that need not know of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../helpers/property.ts'
import { toNetwork } from '../../../../src/lab/training/backbone/input.ts'
import {
  foldMoments,
  momentsOf,
  standardise,
} from '../../../../src/lab/training/backbone/standardise.ts'

const number = fc.float({ min: -8, max: 8, noNaN: true })
const floats = (length: number) =>
  fc
    .array(number, { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values))

/** `[count, outputs]` of `[count, inputs]`. */
function apply(
  values: Float32Array,
  { kernel, bias }: { readonly kernel: Float32Array; readonly bias: Float32Array },
): number[] {
  const inputs = kernel.length / bias.length
  return Array.from({ length: (values.length / inputs) * bias.length }, (_, at) => {
    const row = Math.floor(at / bias.length)
    const output = at % bias.length
    let sum = bias[output] as number
    for (let i = 0; i < inputs; i++) {
      sum += (values[row * inputs + i] as number) * (kernel[i * bias.length + output] as number)
    }
    return sum
  })
}

test('a layer over standardised channels gives the same as its fold over the channels as they are', () => {
  const sets = fc
    .tuple(
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
    )
    .chain(([images, channels, outputs]) =>
      fc.tuple(
        fc.constant(channels),
        floats(images * channels),
        floats(channels * outputs),
        floats(outputs),
      ),
    )
  fc.assert(
    fc.property(sets, ([channels, features, kernel, bias]) => {
      const moments = momentsOf(features, channels)
      const standard = features.slice()
      standardise(standard, moments)
      const given = apply(features, foldMoments({ kernel, bias }, moments))
      for (const [i, wanted] of apply(standard, { kernel, bias }).entries()) {
        const scale = 1 + Math.max(...kernel.map(Math.abs)) * 64
        // A channel that hardly changes is magnified, and what float32 lost of it too.
        const least = Math.min(...moments.deviation)
        assert.ok(Math.abs((given[i] as number) - wanted) < (scale * 1e-5) / Math.min(1, least))
      }
    }),
  )
})

test('standardised channels have a mean of 0 and a deviation of 1; one that never changes stays finite', () => {
  const features = Float32Array.from([1, 7, 3, 7, 5, 7])
  const moments = momentsOf(features, 2)
  standardise(features, moments)
  assert.deepEqual(
    [...features].map((value) => Math.round(value * 1000) / 1000),
    [-1.225, 0, 0, 0, 1.225, 0],
  )
})

test('pixels come into a network as serving gives them: scaled, with channels first, shifted, as gray', () => {
  const side = 8
  const pixels = Float32Array.from({ length: side * side * 3 }, (_, i) => ((7 * i) % 256) / 255)
  const input = { height: side, width: side, isTold: true, values: { scale: 1 } }
  const last = { ...input, shape: [side, side, 3], layout: 'nhwc' } as const
  const first = { ...input, shape: [3, side, side], layout: 'nchw' } as const
  const signed = { scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.25, 0.5] } as const
  const bytes = toNetwork(pixels, 1, last)
  const turned = toNetwork(pixels, 1, first)
  const shifted = toNetwork(pixels, 1, { ...last, values: signed })
  const gray = toNetwork(pixels, 1, { ...input, shape: [side, side, 1], layout: 'nhwc' })
  assert.equal(gray.length, side * side)
  for (const [i, pixel] of pixels.entries()) {
    const [place, channel] = [Math.floor(i / 3), i % 3]
    assert.equal(Math.round((bytes[i] as number) * 1e3), Math.round(pixel * 255) * 1e3)
    assert.equal(turned[channel * side * side + place], bytes[i])
    const wanted = (pixel - 0.5) / (channel === 1 ? 0.25 : 0.5)
    assert.ok(Math.abs((shifted[i] as number) - wanted) < 1e-5)
    if (channel > 0) continue
    const [red = 0, green = 0, blue = 0] = bytes.slice(3 * place, 3 * place + 3)
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue
    assert.ok(Math.abs((gray[place] as number) - luma) <= 0.51)
  }
})
