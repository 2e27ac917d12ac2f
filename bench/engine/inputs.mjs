// What each submodel of a chain gets: the images as float32, then the features that the one before gave.

/**
 * @param stages of openBare().
 * @param {Uint8Array} pixels of as many images as fit.
 * @returns one a stage: `batch(n)` is float32 of n samples, `sample(i)` one of them.
 */
export async function inputsOfStages(stages, pixels, count) {
  const inputs = []
  let values = new Float32Array(count * sizeOf(stages[0].input))
  for (let i = 0; i < values.length; i++) values[i] = pixels[i % pixels.length] / 255
  for (const { input, pass } of stages) {
    const all = values
    const size = sizeOf(input)
    inputs.push({
      batch: (n) => all.slice(0, n * size),
      sample: (i) => all.subarray((i % count) * size, ((i % count) + 1) * size),
    })
    values = (await pass(all, count)).features
  }
  return inputs
}

export function sizeOf(shape) {
  return shape.reduce((a, b) => a * b, 1)
}
