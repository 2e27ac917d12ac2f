// A hint for each kind of input that is not the images at hand, which leads on and not back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { howToFit } from '../../src/domain/how-to-fit.ts'

for (const [input, hint] of [
  [[64, 32, 3], /^Pass --height 64 --width 32/],
  [[28, 28, 1], /--preprocess module that gives 28x28x1 .* made gray/],
  [[12288], /takes a vector, no image.*Input\(\(64, 64, 3\)\).*Flatten/],
  [[1000], /Input\(\(HEIGHT, WIDTH, 3\)\)/],
  [[23, 23, 32], /takes no images: .* the first submodel first/],
  [[], /takes no images/],
] as const) {
  test(`a model of ${input.join('x') || 'unknown size'}`, () => {
    const said = howToFit(input)
    assert.match(said, hint)
    // A height of 3 or 1 is the mistake of who reads a shape from the wrong end.
    assert.doesNotMatch(said, /--height [13]\b/)
  })
}
