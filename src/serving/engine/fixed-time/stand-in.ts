// What the stand-in for a network gives: the same for the same sample, alone or in a batch, and different for
// different ones. Cheap: 64 values of a sample are looked at.
import { mixSeeds } from '../../../domain/random.ts'

/** Values of a sample that its answer depends on, spread evenly. */
const looks = 64

/**
 * Logits of one exit, float32 `[samples, classes]`. A class drawn from the sample has a softmax confidence
 * drawn evenly between 1 / classes and 1, so a threshold t lets (1 - t) / (1 - 1 / classes) of many different samples leave.
 */
export function answersOf(
  samples: Float32Array,
  sampleLength: number,
  exit: number,
  classes: number,
): Float32Array {
  const count = samples.length / sampleLength
  const logits = new Float32Array(count * classes)
  for (let sample = 0; sample < count; sample++) {
    const seed = seedOf(samples, sample * sampleLength, sampleLength)
    const least = 1 / classes
    const confidence = least + (mixSeeds(seed, exit, 1) / 2 ** 32) * (1 - least)
    const row = logits.subarray(sample * classes, (sample + 1) * classes)
    row.fill(Math.log((1 - confidence) / (classes - 1)))
    row[mixSeeds(seed, exit, 2) % classes] = Math.log(confidence)
  }
  return logits
}

/** Features `[samples, length]`: each sample's own values, over and over. */
export function featuresOf(
  samples: Float32Array,
  sampleLength: number,
  length: number,
): Float32Array {
  const count = samples.length / sampleLength
  const features = new Float32Array(count * length)
  for (let sample = 0; sample < count; sample++) {
    const from = samples.subarray(sample * sampleLength, (sample + 1) * sampleLength)
    for (let at = 0; at < length; at += sampleLength) {
      features.set(from.subarray(0, length - at), sample * length + at)
    }
  }
  return features
}

function seedOf(samples: Float32Array, start: number, length: number): number {
  const step = Math.max(1, Math.floor(length / looks))
  const seen = new Float32Array(Math.min(looks, Math.ceil(length / step)))
  for (let i = 0; i < seen.length; i++) seen[i] = samples[start + i * step] ?? 0
  return mixSeeds(...new Uint32Array(seen.buffer))
}
