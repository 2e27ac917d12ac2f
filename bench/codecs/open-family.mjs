// A family's submodels and a labelled set, as evaluate opens them, and one way to run all samples through them.
import { inputOf, log } from '../labelled-images.mjs'
import { openLabelled } from '../../dist/lab/evaluation/labelled.js'
import { loadModels } from '../../dist/compose/models.js'
import { hashLabels } from '../../dist/domain/labels.js'
import { collectScores } from '../../dist/lab/evaluation/collect.js'
import { evaluateScores } from '../../dist/lab/evaluation/evaluate-scores.js'
import { binaryWire } from '../../dist/serving/wire/frame.js'

const never = new AbortController().signal

/** `codecs` of the manifests; `run(sources, more)` gives scores and their evaluation by the manifests' rules. */
export async function openFamily(folder, images, limit) {
  const engineConfig = { choice: 'auto', maxBatchSize: 32, maxQueueDelayMs: 0, workers: 1 }
  const exits = { confidence: undefined, threshold: undefined }
  const models = await loadModels([folder], engineConfig, exits, log)
  const labelled = await openLabelled(inputOf(images), limit, models.stages, log)
  const { stages, tiers, rules } = models
  const { labels, sources } = labelled
  const way = { wire: binaryWire, labelsHash: models.labelsHash ?? hashLabels(labels) }
  const codecs = stages.map(({ spec }) => spec.featureCodec ?? 'float32')
  return {
    stages,
    way,
    codecs,
    sources,
    async run(own, more = {}) {
      const shared = { stages, tiers, rules, labels, way, codecs, maxBatchSize: 32, workers: 1 }
      const scores = await collectScores({ ...shared, sources: own, ...more }, never)
      return { scores, evaluation: evaluateScores(scores, { rules: rules.flat(), isWhole: true }) }
    },
    async close() {
      await labelled.close()
      await models.engine.dispose()
    },
  }
}

/** Accuracy of each exit alone and of the cascade, as columns. */
export function qualityOf(names, exits, cascade) {
  const own = names.map((name, i) => [name, exits[i]?.share])
  return { ...Object.fromEntries(own), cascade: cascade.share }
}

/** CPU of this whole process a call, microseconds; nothing else runs meanwhile. */
export async function cpuUsOf(count, call) {
  const before = process.cpuUsage()
  for (let i = 0; i < count; i++) await call(i)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}
