// The default command: a device, a local run or a tier.
import { composeDevice, composeGateway, composeTier } from '../compose.ts'
import type { Subscribe } from '../domain/subscribe.ts'
import { checkReports } from '../report/check-reports.ts'
import { tellBeyondReach } from './beyond-reach.ts'
import type { CommandResult } from './command-result.ts'
import { withDocument } from './json-output.ts'
import type { CommandLine } from './parse.ts'
import { assertNoProblems } from './parse.ts'
import { resolveRun } from './roles.ts'

/**
 * @param onHangup SIGHUP, by which a process with models reads them anew.
 * @throws DDNN_CONFIG_INVALID with every problem of the command line at once.
 */
export async function run(
  line: CommandLine<'run'>,
  signal: AbortSignal,
  onHangup: Subscribe,
): Promise<CommandResult> {
  const problems = [...line.problems]
  const config = resolveRun(line.values, problems)
  assertNoProblems(problems, line.command)
  if (config === undefined) throw new Error('no problems, yet no config')
  const isAppended = config.role === 'tier' || config.output.resume
  await checkReports(config.output, isAppended ? 'append' : 'replace')
  if (config.role === 'tier' || config.role === 'gateway') {
    const result =
      config.role === 'tier'
        ? await composeTier(config, signal, onHangup)
        : await composeGateway(config, signal, onHangup)
    return { ...result, isService: true }
  }
  const result = await composeDevice(config, signal, onHangup)
  if (config.role === 'local') tellBeyondReach(line.values)
  return withDocument(result, 'run')
}
