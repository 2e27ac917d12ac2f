// `ddnn doctor FILE`: every process of a deployment file, one after the other, as `ddnn up` would start it.
import { basename } from 'node:path'
import pc from 'picocolors'
import { hasColours } from '../domain/has-colours.ts'
import type { Deployment } from '../serving/deployment/deployment.ts'
import { processesOf } from '../serving/deployment/processes-of.ts'
import { readDeployment } from '../serving/deployment/read-deployment.ts'
import { examine, type GivenOptions } from '../lab/doctor/doctor.ts'
import type { CheckResult } from '../lab/doctor/check.ts'
import { jsonOfDeployment, type ExaminedProcess } from '../lab/doctor/json.ts'
import { examineNetwork } from '../lab/doctor/network.ts'
import { countsOf, createTextReport } from '../lab/doctor/text.ts'
import type { Together } from '../lab/doctor/together.ts'
import type { CommandResult } from './command-result.ts'
import type { Config } from './config.ts'
import { assertNoProcessProblems } from './process-problems.ts'
import { resolveProcess } from './resolve-process.ts'
import { readVersion } from './version.ts'

/** Where nobody is: links to the broker that `up` starts are known by it. */
const ownBroker = 'own.invalid:9092'

interface Found {
  readonly config: Config
  readonly replicas: number
}

/** Resolves with the number of failed checks. @throws DDNN_CONFIG_INVALID where the file or a flag in it is wrong. */
export async function examineDeployment(
  file: string,
  say: (text: string) => void,
  options: GivenOptions,
): Promise<CommandResult> {
  const deployment = readDeployment(file)
  const found = configsOf(deployment)
  const answerers = deployment.links.map(({ requests, to }): [string, string] => [requests, to])
  const together: Together = { ownBroker, answerers: new Map(answerers), clusters: new Map() }
  const color = hasColours(process.stdout)
  const version = readVersion()
  const name = basename(deployment.file)
  say(`ddnn ${version} doctor: ${name}, ${found.length} processes\n`)
  const examined: ExaminedProcess[] = []
  for (const one of found) examined.push(await examineOne(one, together, options, say))
  const report = createTextReport({ color })
  const folders = deployment.tiers.flatMap(({ models }) => models.map(({ path }) => path))
  const ofEach = examined.flatMap(({ results }) => results)
  const onResult = (result: CheckResult) => say(report.line(result))
  const ofAll = await examineNetwork(folders, ofEach, { ...options, onResult })
  const all = [...ofEach, ...ofAll]
  say(report.end(all))
  const json = jsonOfDeployment(version, deployment.file, examined, ofAll)
  return { failures: countsOf(all).failed, json }
}

async function examineOne(
  { config, replicas }: Found,
  together: Together,
  options: GivenOptions,
  say: (text: string) => void,
): Promise<ExaminedProcess> {
  const color = hasColours(process.stdout)
  const report = createTextReport({ color })
  say(`\n${pc.createColors(color).bold(headingOf(config, replicas))}\n`)
  const onResult = (result: CheckResult) => say(report.line(result))
  const results = await examine(config, { ...options, together, onResult })
  return { name: config.name, role: config.role, replicas, results }
}

/** Replicas differ by the partition that they get their replies in, so the first stands for all. */
function configsOf(deployment: Deployment): readonly Found[] {
  const problems: string[] = []
  const found = processesOf(deployment, { ownBroker })
    .filter(({ replica }) => replica === 0)
    .flatMap(({ name, kind, argv }): Found[] => {
      const { config, problems: own } = resolveProcess(argv, process.env)
      problems.push(...own.map((problem) => `${name}: ${problem}`))
      const tier = deployment.tiers.find((one) => kind === 'tier' && one.name === name)
      return config === undefined ? [] : [{ config, replicas: tier?.replicas ?? 1 }]
    })
  assertNoProcessProblems(problems, deployment.file)
  return found
}

/** "=== edge: tier, 3 replicas, alike ===" */
function headingOf({ name, role }: Config, replicas: number): string {
  return `=== ${name}: ${role}${replicas > 1 ? `, ${replicas} replicas, alike` : ''} ===`
}
