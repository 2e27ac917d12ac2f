// Models from elsewhere whose exits are not what their manifests say: allowed, since the user may know better,
// yet with the wrong reading nearly nothing leaves early, or everything does. Where a manifest is silent, what
// the engine found is told.
import type { Stage } from '../serving/engine/engine.ts'
import type { Logger } from '../telemetry/log.ts'

/** Says in the log which submodels' exits are read as probabilities, and which do not look like what is said. */
export function warnOfExits(stages: readonly Stage[], log: Logger): void {
  for (const { spec, shapes } of stages) {
    const { gives: found = [], sumToOne: sums = [], isRandom = false } = shapes
    if (isRandom) {
      log.warn(
        { model: spec.folder },
        `'${spec.name}' gives one image other values each time: RandomFlip or its like draws while it serves, as Keras' export leaves it; export it with training=False, see docs/models.md`,
      )
    }
    if (sums.length === 0) continue
    const said = spec.exits?.[0]?.gives
    const facts = { model: spec.folder, gives: said ?? found[0] ?? 'logits' }
    if (said === undefined && found.includes('probabilities')) {
      log.info(facts, `exits of '${spec.name}' give probabilities, and are read as such`)
    }
    if (said === 'logits' && sums.every(Boolean)) {
      log.warn(
        facts,
        `exits of '${spec.name}' look like probabilities (they add up to 1) and are read as logits, so that few samples leave early: leave exits[].gives out of its ddnn.json, or mend it; see docs/models.md`,
      )
    }
    if (said === 'probabilities' && !sums.some(Boolean)) {
      log.warn(
        facts,
        `exits of '${spec.name}' do not look like probabilities (they do not add up to 1): leave exits[].gives out of its ddnn.json, or mend it`,
      )
    }
  }
}
