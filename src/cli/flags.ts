// The one table of flags, group by group.
import type { CommandName, Flag } from './flag.ts'
import { demoFlags } from './flags/demo.ts'
import { generalFlags } from './flags/general.ts'
import { inputFlags } from './flags/input.ts'
import { jsonFlags } from './flags/json.ts'
import { linkFlags } from './flags/link.ts'
import { modelFlags } from './flags/model.ts'
import { securityFlags } from './flags/security.ts'
import { upFlags } from './flags/up.ts'
import { manifestsFlags } from './flags/manifests.ts'
import { trainingFlags } from './flags/training.ts'
import { backboneFlags } from './flags/backbone.ts'
import { resultsFlags } from './flags/results.ts'
import { reportFlags } from './flags/report.ts'
import { evaluateFlags } from './flags/evaluate.ts'
import { calibrateFlags } from './flags/calibrate.ts'
import { exportFlags } from './flags/export.ts'
import { benchFlags } from './flags/bench.ts'
import { classifyFlags } from './flags/classify.ts'
import { linkProfileFlags } from './flags/link-profile.ts'
import { planFlags } from './flags/plan.ts'
import { doctorFlags } from './flags/doctor.ts'
import { downloadFlags } from './flags/download.ts'
import { doorFlags } from './flags/door.ts'
import { healthFlags } from './flags/health.ts'
import { pageFlags } from './flags/page.ts'
import { replayFlags } from './flags/replay.ts'

export const flags = [
  ...generalFlags,
  ...jsonFlags,
  ...doorFlags,
  ...pageFlags,
  ...inputFlags,
  ...modelFlags,
  ...linkFlags,
  ...securityFlags,
  ...demoFlags,
  ...classifyFlags,
  ...upFlags,
  ...manifestsFlags,
  ...trainingFlags,
  ...backboneFlags,
  ...resultsFlags,
  ...reportFlags,
  ...evaluateFlags,
  ...calibrateFlags,
  ...exportFlags,
  ...benchFlags,
  ...linkProfileFlags,
  ...planFlags,
  ...downloadFlags,
  ...doctorFlags,
  ...healthFlags,
  ...replayFlags,
] as const satisfies readonly Flag[]

/** Any row of the table, as it is written there. */
export type AnyFlag = (typeof flags)[number]

/** The flags of one sub-command, in the order of the help; `doctor` takes those of the run it examines. */
export function flagsOf(command: CommandName): readonly Flag[] {
  const isOf = ({ commands }: Flag) =>
    commands.includes(command) || (command === 'doctor' && commands.includes('run'))
  return (flags as readonly Flag[]).filter(isOf)
}
