// From checked flags to a role: device, local, local with a front link, or tier. What flags mean
// together is decided here, and every contradiction is a sentence for the user.
import { hostname } from 'node:os'
import { imageCodecs } from '../serving/wire/wire.ts'
import type {
  CommonConfig,
  Config,
  DeviceConfig,
  EngineConfig,
  ExitConfig,
  InputConfig,
  LinkConfig,
  OutputConfig,
} from './config.ts'
import { beyondReach } from './beyond-reach.ts'
import type { Role } from './flag.ts'
import type { FlagReader, Values } from './flag-types.ts'
import { flagsOf } from './flags.ts'
import { doorWithoutPort, readDoor } from './read-door.ts'
import { readFeatureCodec } from './read-feature-codec.ts'
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
  const back = hasInput
    ? refuseBack(values, problems)
    : isGateway
      ? undefined
      : readLink('back', values, problems)

  if (values.isGiven('input') && values.boolean('cifar10') === true) {
    problems.push('Expected --input or --cifar10, got both')
  }
  if (!hasInput && !isGateway && models.length === 0) {
    problems.push(
      'Expected --input (a device), --models (a tier), or a front link and --http-port (a gateway), got neither',
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
  checkSend(values, problems)
  checkCifar10(values, problems)
  if (hasInput) checkResume(values, problems)
  checkTensorflow(values, problems)
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
      // A service has no result to tell it beside.
      ...(role === 'tier' ? [beyondReach(values)].filter((one) => one !== undefined) : []),
    ],
    logLevel: values.string('log-level'),
    logFormat: values.string('log-format'),
    http: port === undefined ? undefined : { port, host: values.string('http-host') },
    door: readDoor(values, problems),
    startTimeoutMs: values.number('start-timeout-ms'),
    shutdownTimeoutMs: values.number('shutdown-timeout-ms'),
    models,
    engine: readEngine(values, values.number('max-queue-delay-ms')),
    exits: readExits(values),
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

type EngineFlag = 'engine' | 'engine-threads' | 'max-batch-size' | 'tensorflow' | 'workers'

/** The engine's flags, shared by all commands that run models; how long a sample waits for company is theirs. */
export function readEngine(values: FlagReader<EngineFlag>, maxQueueDelayMs: number): EngineConfig {
  return {
    choice: values.boolean('tensorflow') === true ? 'tensorflow' : values.string('engine'),
    maxBatchSize: values.number('max-batch-size'),
    maxQueueDelayMs,
    workers: values.number('workers'),
    threads: values.number('engine-threads'),
  }
}

/** The flags of the exit decision, shared with `demo`. */
export function readExits(
  values: FlagReader<'criterion' | 'threshold', 'run' | 'demo' | 'evaluate' | 'classify'>,
): ExitConfig {
  return {
    confidence: values.string('criterion'),
    threshold: values.number('threshold'),
  }
}

/** The flags of the reports, shared with `demo`. A report module gets the file's name in place of the CSV. */
export function readOutput(
  values: FlagReader<'output' | 'csv' | 'html' | 'report-module', 'run' | 'demo'>,
  defaultCsv: string | undefined,
): OutputConfig {
  return {
    csvFile: values.string('output') ?? defaultCsv,
    csvForm: values.string('csv'),
    resume: false,
    htmlFile: values.string('html'),
    reportModule: values.string('report-module'),
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
  }
}

/** --tensorflow is --engine tensorflow. */
function checkTensorflow(values: Values<'run'>, problems: string[]): void {
  const engine = values.string('engine')
  if (values.boolean('tensorflow') !== true) return
  if (engine !== 'auto' && engine !== 'tensorflow') {
    problems.push(`Expected --tensorflow or --engine ${engine}, got both`)
  }
}

function checkSend(values: Values<'run'>, problems: string[]): void {
  const send = values.string('send')
  const isOwn = values.isGiven('preprocess')
  const isFile = (imageCodecs as readonly (string | undefined)[]).includes(send)
  const quality = values.number('send-quality')
  if (isFile && isOwn) {
    problems.push(
      `Expected --send uint8 or float32 with --preprocess, got ${send}: its values are no image`,
    )
  } else if (send === 'jpeg' && quality === undefined && values.boolean('cifar10') === true) {
    problems.push(
      'Expected --send-quality with --send jpeg of --cifar10: there is no file to send as it is',
    )
  }
  if (quality !== undefined && !isFile && values.isTyped('send-quality')) {
    problems.push(
      `Expected --send ${imageCodecs.join(', ')} with --send-quality, got ${send ?? 'no --send'}`,
    )
  }
  if (send !== undefined && send !== 'float32' && values.string('wire-front') === 'json') {
    problems.push(`Expected --send float32 with --wire-front json, got ${send}`)
  }
}

/** Rows are told apart by their File, and other reports cannot be gone on with. */
function checkResume(values: Values<'run'>, problems: string[]): void {
  if (values.boolean('resume') !== true) return
  if (values.string('csv') === 'original') {
    problems.push('Expected --csv full with --resume, which knows rows by their File, got original')
  }
  for (const flag of ['html', 'report-module'] as const) {
    if (values.isGiven(flag)) {
      problems.push(`Expected no --${flag} with --resume: it would show the rest of the run alone`)
    }
  }
}

function checkCifar10(values: Values<'run'>, problems: string[]): void {
  if (values.boolean('cifar10') !== true) return
  if (values.isGiven('preprocess')) {
    problems.push(
      'Expected no --preprocess with --cifar10, whose images are 32 x 32 pixels already',
    )
  }
  for (const flag of ['height', 'width'] as const) {
    const given = values.number(flag)
    if (given !== undefined && given !== 32) {
      problems.push(`Expected --${flag} 32 with --cifar10, got ${given}`)
    }
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

/** An original tells nothing of itself, and is not asked. */
function checkJsonFront(values: Values<'run'>, isGateway: boolean, problems: string[]): void {
  const isAlone = values.list('models').length === 0
  if (isGateway && isAlone) {
    problems.push(
      'Expected --wire-front binary without --models, got json: a gateway asks what is in front, which an original cannot tell',
    )
  }
  if (isAlone && values.isGiven('input') && !values.isGiven('labels')) {
    problems.push(
      'Expected --labels with --input and --wire-front json: an original does not tell its labels',
    )
  }
  const codec = values.string('feature-codec') ?? 'float32'
  if (codec !== 'float32') {
    problems.push(
      `Expected --feature-codec float32 with --wire-front json, whose numbers are all there is, got ${codec}`,
    )
  }
  const inFlight = values.number('max-in-flight')
  if (isAlone && inFlight !== undefined && inFlight > 1) {
    problems.push(
      `Expected --max-in-flight 1 with --wire-front json, got ${inFlight}: an original answers one request at a time, without saying which`,
    )
  }
}

/** A device has nobody behind it; flags of a back link on it are a mistake worth naming. */
function refuseBack(values: Values<'run'>, problems: string[]): undefined {
  const typed = linkFlagNames('back').filter((flag) => values.anyName.isTyped(flag))
  if (typed.length > 0) {
    const shown = typed.map((flag) => `--${flag}`).join(', ')
    problems.push(`Expected no back link on a device (--input, --cifar10), got ${shown}`)
  }
}

/** In Kubernetes a StatefulSet's Pod is called NAME-ORDINAL; elsewhere hosts are called anything. */
function ordinalOfHost(env: Readonly<Record<string, string | undefined>>): number | undefined {
  if (env.KUBERNETES_SERVICE_HOST === undefined) return undefined
  const match = /-(\d{1,4})$/.exec(hostname())
  return match?.[1] === undefined ? undefined : Number(match[1])
}
