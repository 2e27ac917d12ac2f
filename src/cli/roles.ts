// From checked flags to a role: device, local, local with a front link, or tier. What flags mean
// together is decided here, and every contradiction is a sentence for the user.
import { hostname } from 'node:os'
import { bareHost } from '../domain/host-address.ts'
import { shownUrl } from '../domain/shown-url.ts'
import type { LogFormat } from '../telemetry/log.ts'
import type { CommonConfig, Config, DeviceConfig, InputConfig, LinkConfig } from './config.ts'
import { beyondReach } from './beyond-reach.ts'
import { checkJsonFront, checkResume, checkRun } from './check-run.ts'
import type { Role } from './flag.ts'
import type { Values } from './flag-types.ts'
import { flagsOf } from './flags.ts'
import { isJson } from './json-output.ts'
import { doorWithoutPort, readDoor } from './read-door.ts'
import { pageWithoutPort, readPage } from './read-page.ts'
import { readFeatureCodec } from './read-feature-codec.ts'
import { readEngine, readExits, readOutput } from './read-parts.ts'
import { isBackGiven, isFrontGiven, linkFlagNames, readLink } from './read-link.ts'

/** Checks the flags of `run` together and builds the Config; problems are added to the list. */
export function resolveRun(values: Values<'run'>, problems: string[]): Config | undefined {
  const before = problems.length
  const hasInput = values.isGiven('input') || values.boolean('cifar10') === true
  const models = values.list('models')
  const name = values.string('name')
  const front = readLink('front', values, problems)
  const isServer = values.isGiven('http-port') || values.isGiven('grpc-port')
  const isGateway = !hasInput && !isBackGiven(values) && isServer
  // What it shall be is not said at all: one sentence, in place of what each role would miss.
  const isUnsaid = !hasInput && !isGateway && models.length === 0 && !isBackGiven(values)
  const back = hasInput
    ? refuseBack(values, problems)
    : isGateway || isUnsaid
      ? undefined
      : readLink('back', values, problems)

  if (values.isGiven('input') && values.boolean('cifar10') === true) {
    problems.push('Expected --input or --cifar10, got both')
  }
  if (!hasInput && !isGateway && models.length === 0) {
    problems.push(
      'Expected --input (a device), --models and a back link (a tier), or --http-port and --models or a front link (a gateway), got none of them',
    )
  }
  if (
    (hasInput || isGateway) &&
    models.length === 0 &&
    front === undefined &&
    !isFrontGiven(values)
  ) {
    problems.push(
      'Expected --models, or a front link to ask (--producer-front, --producer-front-topic, --consumer-front, --consumer-front-topic), got neither',
    )
  }
  if (values.string('wire-front') === 'json') checkJsonFront(values, isGateway, problems)
  checkRun(values, problems)
  if (hasInput) checkResume(values, problems)
  const role = isGateway ? 'gateway' : !hasInput ? 'tier' : models.length === 0 ? 'device' : 'local'
  const common = readCommon(values, name, models, front, role, problems)
  if (problems.length > before) return undefined
  const maxImagePixels = values.number('max-image-pixels')
  const orientation = values.string('orient')
  if (role === 'gateway') return { ...common, role, maxImagePixels, orientation }
  if (role !== 'tier') return { ...common, role, input: readInput(values) } satisfies DeviceConfig
  if (back === undefined) return undefined
  const groupId = values.string('group-id') ?? common.name
  const commitIntervalMs = values.number('commit-interval-ms')
  return { ...common, role, back, groupId, commitIntervalMs, maxImagePixels, orientation }
}

function readCommon(
  values: Values<'run'>,
  name: string,
  models: readonly string[],
  front: LinkConfig | undefined,
  role: Role,
  problems: string[],
): CommonConfig {
  const port = values.number('http-port')
  const isJsonDevice = values.string('wire-front') === 'json' && models.length === 0
  const defaultInFlight = isJsonDevice ? 1 : role === 'tier' || role === 'gateway' ? 64 : 16
  return {
    name,
    warnings: [
      ...withoutEffect(values, role),
      ...doorWithoutPort(values),
      ...pageWithoutPort(values),
      // A service has no result to tell it beside.
      ...(role === 'tier' || role === 'gateway'
        ? [beyondReach(values)].filter((one) => one !== undefined)
        : []),
    ],
    logLevel: values.string('log-level'),
    logFormat: logFormatOf(values, role),
    http:
      port === undefined
        ? undefined
        : {
            port,
            host: bareHost(values.string('http-host')),
            hasAliases: values.boolean('metrics-aliases'),
            page: readPage(values, problems),
          },
    tracing: {
      endpoint: readEndpoint(values.string('otlp-endpoint'), problems),
      ratio: values.number('trace-ratio'),
    },
    door: readDoor(values, problems),
    startTimeoutMs: values.number('start-timeout-ms'),
    shutdownTimeoutMs: values.number('shutdown-timeout-ms'),
    models,
    engine: readEngine(values, values.number('max-queue-delay-ms'), problems),
    exits: readExits(values, problems),
    front,
    wireFront: values.string('wire-front'),
    featureCodec: readFeatureCodec(values, problems),
    ordinal: values.number('ordinal') ?? ordinalOfHost(process.env),
    topics: {
      partitions: values.number('partitions'),
      create: values.boolean('create-topics'),
      isAwaited: values.isGiven('start-timeout-ms'),
    },
    timeoutMs: values.number('timeout-ms'),
    replyReserveMs: values.number('reply-reserve-ms'),
    reloadIntervalMs: values.number('reload-interval-ms'),
    maxInFlight: values.number('max-in-flight') ?? defaultInFlight,
    output: {
      ...readOutput(values, role === 'tier' || role === 'gateway' ? undefined : 'results.csv'),
      resume: values.boolean('resume') === true,
    },
  }
}

function readInput(values: Values<'run'>): InputConfig {
  const isCifar10 = values.boolean('cifar10') === true
  const folder = isCifar10 ? values.string('cifar10-path') : values.string('input')
  return {
    kind: isCifar10 ? 'cifar10' : 'folder',
    folder: folder ?? '',
    format: values.string('input_format').replace(/^\./, ''),
    labelsFile: values.string('labels'),
    height: values.number('height'),
    width: values.number('width'),
    limit: values.number('limit'),
    maxImagePixels: values.number('max-image-pixels'),
    orientation: values.string('orient'),
    preprocessModule: values.string('preprocess'),
    send: values.string('send'),
    sendQuality: values.number('send-quality'),
    perSecond: values.number('rate'),
    isRepeated: values.boolean('repeat'),
  }
}

/**
 * Typed flags that this role does not look at. A warning, no problem: the original took them too, and a
 * script may give all its processes the same ones.
 */
function withoutEffect(values: Values<'run'>, role: Role): readonly string[] {
  return flagsOf('run')
    .filter(
      ({ name, roles }) =>
        roles !== undefined && !roles.includes(role) && values.anyName.isTyped(name),
    )
    .map(({ name }) => `--${name} has no effect on a ${describeRole[role]}`)
}

const describeRole: Readonly<Record<Role, string>> = {
  device: 'device without --models',
  local: 'device with --models',
  tier: 'tier',
  gateway: 'gateway',
}

/** A device has nobody behind it; flags of a back link on it are a mistake worth naming. */
function refuseBack(values: Values<'run'>, problems: string[]): undefined {
  const typed = linkFlagNames('back').filter((flag) => values.anyName.isTyped(flag))
  if (typed.length > 0) {
    const shown = typed.map((flag) => `--${flag}`).join(', ')
    problems.push(`Expected no back link on a device (--input, --cifar10), got ${shown}`)
  }
}

/** A service has no result for --json to print: its log is what programs read. */
function logFormatOf(values: Values<'run'>, role: Role): LogFormat {
  const isService = role === 'tier' || role === 'gateway'
  const isUnsaid = !values.isGiven('log-format')
  return isService && isUnsaid && isJson(values) ? 'json' : values.string('log-format')
}

/** In Kubernetes a StatefulSet's Pod is called NAME-ORDINAL; elsewhere hosts are called anything. */
function ordinalOfHost(env: Readonly<Record<string, string | undefined>>): number | undefined {
  if (env.KUBERNETES_SERVICE_HOST === undefined) return undefined
  const match = /-(\d{1,4})$/.exec(hostname())
  return match?.[1] === undefined ? undefined : Number(match[1])
}

/** A collector's address; told where it is none. */
function readEndpoint(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined
  const isAddress = /^https?:\/\//.test(text) && URL.canParse(text)
  if (!isAddress) {
    problems.push(
      `Expected --otlp-endpoint to be http://host:port or https://host:port, got '${shownUrl(text)}'`,
    )
  }
  return text
}
