// How a run was made, for the end of its page.
import type { DeviceConfig } from '../cli/config.ts'
import { shownCommand } from '../cli/shown-command.ts'
import { readVersion } from '../cli/version.ts'
import { describeMachine } from '../telemetry/machine.ts'

/** Names and values: command, files, versions, date, machine. */
export function runProvenance({
  models,
  input,
}: DeviceConfig): readonly (readonly [string, string])[] {
  const { cpu, cores, memoryGiB, node } = describeMachine()
  return [
    ['Command', shownCommand(process.argv.slice(2))],
    ['Models', models.length === 0 ? 'in front of this device' : models.join(', ')],
    ['Images', input.folder],
    ['Date', new Date().toISOString()],
    ['Software', `ddnn ${readVersion()}, Node ${node}`],
    ['Machine', `${cpu}, ${cores} cores, ${memoryGiB} GiB`],
  ]
}
