// Models from elsewhere whose exits are not what they are read as: allowed, since the user may know
// better, yet with the wrong reading nearly nothing leaves early, or everything does.
import type { Stage } from '../serving/engine/engine.ts'
import type { Logger } from '../telemetry/log.ts'

/** Says in the log which submodels' exits look like probabilities and are read as logits, or the reverse. */
export function warnOfExits(stages: readonly Stage[], log: Logger): void {
  for (const { spec, shapes } of stages) {
    const sums = shapes.sumToOne ?? []
    if (sums.length === 0) continue
    const gives = spec.exits?.[0]?.gives ?? 'logits'
    const facts = { model: spec.folder, gives }
    if (gives === 'logits' && sums.every(Boolean)) {
      log.warn(
        facts,
        `exits of '${spec.name}' look like probabilities (they add up to 1) and are read as logits, so that few samples leave early: say so in its ddnn.json, exits[].gives; see docs/models.md`,
      )
    }
    if (gives === 'probabilities' && !sums.some(Boolean)) {
      log.warn(
        facts,
        `exits of '${spec.name}' do not look like probabilities (they do not add up to 1): mend exits[].gives in its ddnn.json`,
      )
    }
  }
}
