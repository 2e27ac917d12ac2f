// The least that an early-exit cascade on bare sessions is: pixels scaled into a tensor, the exit's
// confidence against its threshold, the features of the others put together.
import { readManifest } from './images.mjs'
import { sizeOf } from './inputs.mjs'

/**
 * @param stages of openBare().
 * @returns {(images: Uint8Array[], exits: boolean) => Promise<number[]>} the stage that each image left at
 */
export function createBareCascade(stages, folders) {
  const rules = folders.map((folder) => {
    const {
      temperature = 1,
      threshold = 0.8,
      criterion = 'softmax',
    } = readManifest(folder).exits[0]
    if (!['softmax', 'margin'].includes(criterion)) throw new Error(`no bare form of ${criterion}`)
    return { temperature, threshold, criterion }
  })
  const scaled = Float32Array.from({ length: 256 }, (_, v) => v / 255)

  return async (images, exits) => {
    const size = sizeOf(stages[0].input)
    let data = new Float32Array(images.length * size)
    for (const [i, image] of images.entries()) {
      for (let at = 0, to = i * size; at < size; at++, to++) data[to] = scaled[image[at]]
    }
    const leftAt = new Array(images.length).fill(stages.length - 1)
    let open = images.map((_, i) => i)
    for (const [stage, { pass, features }] of stages.entries()) {
      const given = await pass(data, open.length)
      if (features === null) break
      const [logits] = given.exits
      const stays = open.map(
        (_, i) =>
          !exits || confidenceOf(logits, i, open.length, rules[stage]) < rules[stage].threshold,
      )
      for (const [i, image] of open.entries()) if (!stays[i]) leftAt[image] = stage
      if (stays.every((stay) => stay)) {
        data = given.features
        continue
      }
      const row = sizeOf(features)
      data = new Float32Array(stays.filter((stay) => stay).length * row)
      let to = 0
      for (const [i, stay] of stays.entries()) {
        if (stay) data.set(given.features.subarray(i * row, (i + 1) * row), row * to++)
      }
      open = open.filter((_, i) => stays[i])
      if (open.length === 0) break
    }
    return leftAt
  }
}

/** Of a row of logits: the largest probability, or how far it is from the second. */
function confidenceOf(logits, row, rows, { temperature, criterion }) {
  const classes = logits.length / rows
  let first = -Infinity
  let second = -Infinity
  for (let i = row * classes; i < (row + 1) * classes; i++) {
    second = Math.max(second, Math.min(first, logits[i]))
    first = Math.max(first, logits[i])
  }
  let sum = 0
  for (let i = row * classes; i < (row + 1) * classes; i++) {
    sum += Math.exp((logits[i] - first) / temperature)
  }
  return (1 - (criterion === 'margin' ? Math.exp((second - first) / temperature) : 0)) / sum
}
