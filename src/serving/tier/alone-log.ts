// Exits that could remember and were told nothing: they answer all the same, and a little less well, so the log says it
// once an exit.
import type { ExitRule } from '../../domain/exit.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { StageHop } from './run-stages.ts'

/** To be told what was asked of a sample, with the rules that it was asked by. */
type TellAlone = (hops: readonly StageHop[], rules: readonly (readonly ExitRule[])[]) => void

export function createAloneLog(log: Logger): TellAlone {
  const told = new Set<number>()
  return (hops, rules) => {
    for (const { stage, asked } of hops) {
      for (const rule of rules[stage] ?? []) {
        // Most exits have no memory: nothing is looked up for them.
        if (rule.memory === undefined || rule.confidence === 'raw') continue
        const { exit } = rule
        const result = asked.find((one) => one.exit === exit)
        if (result === undefined || result.remembers === true || told.has(exit)) continue
        told.add(exit)
        log.warn(
          { exit },
          `exit ${exit} answers by itself alone: nothing came of the exits before it that it goes by. Run this release on the tiers behind, with models of the same calibration, and the binary form between them; docs/calibration.md`,
        )
      }
    }
  }
}
