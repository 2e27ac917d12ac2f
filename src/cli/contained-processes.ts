// The processes of a deployment as containers take them: each argv is read by the table of flags and becomes
// variables of the environment, as k8s/ and compose.yaml give them.
import { processesOf, type DeploymentProcess } from '../serving/deployment/processes-of.ts'
import type { Deployment } from '../serving/deployment/deployment.ts'
import {
  httpPort,
  grpcPort,
  type ContainedProcess,
  type Setting,
} from '../serving/deployment/manifests/contained-process.ts'
import type { ModelPlace } from '../serving/deployment/manifests/model-places.ts'
import { objectNames } from '../serving/deployment/manifests/object-names.ts'
import type { Config } from './config.ts'
import { envNameOf, listAsTyped, numberAsTyped, type Flag } from './flag.ts'
import type { Values } from './flag-types.ts'
import { flagsOf } from './flags.ts'
import { assertNoProcessProblems } from './process-problems.ts'
import { resolveProcess, type ResolvedProcess } from './resolve-process.ts'

interface ContainedOptions {
  readonly ownBroker?: string
  readonly places: ReadonlyMap<string, ModelPlace>
  /** What a door gets whose flags do not say who may ask. */
  readonly unsaidDoor: 'token' | 'open'
}

/** Files that are read, and may as well come from elsewhere. */
const isBrought =
  /^((back-|front-)?(ssl-(ca|cert|key)|sasl-password-file)|http-(token-file|tls-(cert|key)))$/
/** What a container has in its own way. */
const replaced = ['models', 'http-port', 'http-host', 'grpc-port', 'ordinal']
/** Kafka may come later than a tier: it waits, live and not ready. */
const startTimeoutMs = 900_000

/**
 * One for each tier and the door, whatever the replicas: they differ by their ordinal alone, which Pods do without.
 * @throws DDNN_CONFIG_INVALID with every problem of every process, by its name.
 */
export function containedProcesses(
  deployment: Deployment,
  options: ContainedOptions,
): readonly ContainedProcess[] {
  const { ownBroker } = options
  const names = objectNames(deployment)
  const problems: string[] = []
  const contained = processesOf(deployment, ownBroker === undefined ? {} : { ownBroker })
    .filter(({ replica }) => replica === 0)
    .flatMap((one) => {
      const { values, config, problems: found } = read(one)
      problems.push(...found.map((problem) => `${one.name}: ${problem}`))
      const objectName = names.get(one.name) ?? one.name
      return config === undefined
        ? []
        : [{ objectName, ...contain(one, config, values, deployment, options) }]
    })
  assertNoProcessProblems(problems, deployment.file)
  return contained
}

function contain(
  { name, kind }: DeploymentProcess,
  config: Config,
  values: Values<'run'>,
  deployment: Deployment,
  { places, unsaidDoor }: ContainedOptions,
): Omit<ContainedProcess, 'objectName'> {
  const { door, engine, shutdownTimeoutMs } = config
  const tier = deployment.tiers.find((one) => kind === 'tier' && one.name === name)
  const models = (tier?.models ?? []).map(({ path }) => places.get(path)?.path ?? path)
  const saysWhoAsks = values.isTyped('http-token-file') || values.boolean('http-open') === true
  const settings = [...ownSettings(config, models, values), ...givenSettings(values)]
  return {
    name,
    kind,
    isSmall: tier === undefined || tier === deployment.tiers[0],
    replicas: tier?.replicas ?? 1,
    settings: kind === 'door' && !saysWhoAsks ? [...settings, doorSetting[unsaidDoor]] : settings,
    shutdownTimeoutMs,
    isSecure: door?.tls !== undefined,
    hasGrpc: door?.grpc !== undefined,
    saysWhoAsks,
    cores: engine.workers * (engine.threads ?? 1),
    doorPorts:
      kind === 'door' && deployment.door !== undefined
        ? { http: deployment.door.httpPort, grpc: deployment.door.grpcPort }
        : undefined,
  }
}

/** As its file says alone: what stands in this shell's environment is another matter. */
function read({ argv, kind }: DeploymentProcess): ResolvedProcess {
  const { values, config, problems } = resolveProcess(argv, {})
  const role = kind === 'door' ? 'gateway' : 'tier'
  const wrongRole =
    config === undefined || config.role === role
      ? []
      : [`Expected flags of a ${role}, got those of a ${config.role}`]
  const files = typedFlags(values)
    .filter(({ name, value = '' }) => /^(FILE|DIR)\b/.test(value) && !isBrought.test(name))
    .map(({ name }) => `Expected no --${name}, whose file a container does not have`)
  const all = [...problems, ...wrongRole, ...files]
  return { values, config: all.length === 0 ? config : undefined, problems: all }
}

function typedFlags(values: Values<'run'>): readonly Flag[] {
  return flagsOf('run').filter(({ name }) => values.anyName.isTyped(name))
}

function givenSettings(values: Values<'run'>): readonly Setting[] {
  return typedFlags(values)
    .filter(({ name }) => !replaced.includes(name))
    .map((flag) => ({
      flag: flag.name,
      variable: envNameOf(flag),
      value: textOf(flag, values),
      kind: isBrought.test(flag.name) ? 'file' : flag.secret === true ? 'secret' : 'plain',
    }))
}

function textOf(flag: Flag, { anyName }: Values<'run'>): string {
  const { name, kind } = flag
  if (kind === 'list') return listAsTyped(anyName.list(name))
  const number = anyName.number(name)
  if (number !== undefined) return numberAsTyped(flag, number)
  return String(anyName.string(name) ?? anyName.boolean(name))
}

function ownSettings(
  { door }: Config,
  models: readonly string[],
  values: Values<'run'>,
): readonly Setting[] {
  const own: readonly (readonly [flag: string, value: string])[] = [
    // Empty counts as not set: an image names models of its own.
    ['models', listAsTyped(models)],
    ['http-port', String(httpPort)],
    ...(door?.grpc === undefined ? [] : [['grpc-port', String(grpcPort)] as const]),
    ...(values.isTyped('start-timeout-ms')
      ? []
      : [['start-timeout-ms', String(startTimeoutMs)] as const]),
    ...(values.isTyped('log-format') ? [] : [['log-format', 'json'] as const]),
  ]
  return own.map(([name, value]) => {
    const flag = flagsOf('run').find((one) => one.name === name)
    if (flag === undefined) throw new RangeError(`No flag '${name}'`)
    return { flag: name, variable: envNameOf(flag), value, kind: 'plain' }
  })
}

const doorSetting: Readonly<Record<ContainedOptions['unsaidDoor'], Setting>> = {
  token: {
    flag: 'http-token-file',
    variable: 'DDNN_HTTP_TOKEN_FILE',
    value: undefined,
    kind: 'file',
  },
  open: { flag: 'http-open', variable: 'DDNN_HTTP_OPEN', value: 'true', kind: 'plain' },
}
