// The one table of flags, group by group.
import type { CommandName, Flag } from './flag.ts'
import { demoFlags } from './flags/demo.ts'
import { generalFlags } from './flags/general.ts'
import { inputFlags } from './flags/input.ts'
import { linkFlags } from './flags/link.ts'
import { modelFlags } from './flags/model.ts'
import { securityFlags } from './flags/security.ts'
import { trainingFlags } from './flags/training.ts'
import { resultsFlags } from './flags/results.ts'
import { evaluateFlags } from './flags/evaluate.ts'
import { calibrateFlags } from './flags/calibrate.ts'
import { downloadFlags } from './flags/download.ts'
import { healthFlags } from './flags/health.ts'

export const flags: readonly Flag[] = [
  ...generalFlags,
  ...inputFlags,
  ...modelFlags,
  ...linkFlags,
  ...securityFlags,
  ...demoFlags,
  ...trainingFlags,
  ...resultsFlags,
  ...evaluateFlags,
  ...calibrateFlags,
  ...downloadFlags,
  ...healthFlags,
]

/** The flags of one sub-command, in the order of the help. */
export function flagsOf(command: CommandName): readonly Flag[] {
  return flags.filter((flag) => flag.commands.includes(command))
}
