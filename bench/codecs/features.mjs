// Features after each submodel by every codec: frames of all samples, CPU of single frames, accuracy by form.
import { featureForms } from '../../dist/domain/feature-codec.js'
import { imageWriter, runAllStages } from '../../dist/lab/evaluation/collect-stages.js'
import { frameOf, writeFrame } from '../../dist/lab/evaluation/send-features.js'
import { cpuUsOf, qualityOf } from './open-family.mjs'

/** Samples that are timed, and how often each. */
const timed = 64
const rounds = 4

export async function measureFeatures({ stages, way, sources, run }) {
  const compare = featureForms.filter((form) => form !== 'float32')
  const codecs = stages.map(() => 'float32')
  const { scores, evaluation } = await run(sources, { codecs, compare })
  const kept = await keepFeatures(stages, sources)
  const names = scores.exits.map(({ name }) => name)
  const senders = stages.filter(({ shapes }) => shapes.features !== null)
  const rows = []
  for (const { codec, bytes, bytesOverAll, quality } of evaluation.codecs) {
    for (const [i, stage] of senders.entries()) {
      const features = kept[i]
      const frames = features.map((values) => frameOf(way, stage, values, codec))
      const slot = new Float32Array(features[0].length)
      const encode = (at) => frameOf(way, stage, features[at % features.length], codec)
      const decode = (at) => writeFrame(way, frames[at % frames.length])(slot)
      const count = rounds * features.length
      await cpuUsOf(features.length, encode)
      await cpuUsOf(features.length, decode)
      rows.push({
        what: `features after ${scores.stages[i].name}`,
        form: codec,
        bytes: bytes[i],
        bytesOverAll,
        encodeUs: await cpuUsOf(count, encode),
        decodeUs: await cpuUsOf(count, decode),
        ...qualityOf(names, quality.exits, quality.cascade),
      })
    }
  }
  return rows
}

/** Features of some samples spread over the set, a list a submodel. */
async function keepFeatures(stages, sources) {
  const write = imageWriter(stages)
  const kept = stages.map(() => [])
  const step = Math.max(1, Math.floor(sources.length / timed))
  for (let i = 0; i < sources.length && kept[0].length < timed; i += step) {
    const { image } = await sources[i].load()
    const never = new AbortController().signal
    const { features } = await runAllStages(stages, write(image), never)
    for (const [stage, values] of features.entries()) {
      if (values !== undefined) kept[stage].push(Float32Array.from(values))
    }
  }
  return kept
}
