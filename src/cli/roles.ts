// From checked flags to a role: device, local, local with a front link, or tier. What flags mean
// together is decided here, and every contradiction is a sentence for the user.
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ConfidenceName } from '../domain/confidence.ts'
import type { LogFormat, LogLevel } from '../telemetry/log.ts'
import type { WireForm } from '../wire/wire.ts'
import type { EngineName } from '../engine/engine.ts'
import type {
  CommonConfig,
  Config,
  DeviceConfig,
  EngineConfig,
  ExitConfig,
  InputConfig,
  LinkConfig,
  OutputConfig,
  SaslConfig,
  TlsConfig,
} from './config.ts'
import type { Role } from './flag.ts'
import type { FlagValues } from './flag-values.ts'
import { flagsOf } from './flags.ts'

/** Checks the flags of `run` together and builds the Config; problems are added to the list. */
export function resolveRun(values: FlagValues, problems: string[]): Config | undefined {
  const before = problems.length
  const hasInput = values.isGiven('input') || values.boolean('cifar10') === true
  const models = values.list('models')
  const name = values.string('name')
  if (name === undefined)
    problems.push('Expected --name to be given: the name of this device or tier')
  const front = readLink('front', values, problems)
  const back = hasInput ? refuseBack(values, problems) : readLink('back', values, problems)

  if (values.isGiven('input') && values.boolean('cifar10') === true) {
    problems.push('Expected --input or --cifar10, got both')
  }
  if (values.isGiven('input') && !values.isGiven('labels')) {
    problems.push('Expected --labels with --input: the file of labels, one a line')
  }
  if (!hasInput && models.length === 0) {
    problems.push('Expected --input (a device) or --models (a tier), got neither')
  }
  if (hasInput && models.length === 0 && front === undefined && !isFrontGiven(values)) {
    problems.push(
      'Expected --models, or a front link to ask (--producer-front, --producer-front-topic, --consumer-front, --consumer-front-topic), got neither',
    )
  }
  if (values.string('wire-front') === 'json') checkJsonFront(values, problems)
  checkSend(values, problems)
  checkCifar10(values, problems)
  if (values.boolean('tensorflow') === true && values.string('engine') === 'wasm') {
    problems.push('Expected --tensorflow or --engine wasm, got both')
  }
  const role = !hasInput ? 'tier' : models.length === 0 ? 'device' : 'local'
  const common = readCommon(values, name ?? '', models, front, role)
  if (problems.length > before) return undefined
  if (role !== 'tier') return { ...common, role, input: readInput(values) } satisfies DeviceConfig
  if (back === undefined) return undefined
  return { ...common, role, back, groupId: values.string('group-id') ?? common.name }
}

function readCommon(
  values: FlagValues,
  name: string,
  models: readonly string[],
  front: LinkConfig | undefined,
  role: Role,
): CommonConfig {
  const port = values.number('http-port')
  const isJsonDevice = values.string('wire-front') === 'json' && models.length === 0
  const defaultInFlight = isJsonDevice ? 1 : role === 'tier' ? 64 : 16
  return {
    name,
    warnings: withoutEffect(values, role),
    logLevel: values.string('log-level') as LogLevel,
    logFormat: values.string('log-format') as LogFormat,
    http: port === undefined ? undefined : { port, host: values.string('http-host') ?? '0.0.0.0' },
    shutdownTimeoutMs: values.number('shutdown-timeout-ms') ?? 0,
    models,
    engine: readEngine(values),
    exits: readExits(values),
    front,
    wireFront: values.string('wire-front') as WireForm,
    ordinal: values.number('ordinal') ?? ordinalOfHost(process.env),
    topics: {
      partitions: values.number('partitions') ?? 8,
      create: values.boolean('create-topics') ?? true,
    },
    timeoutMs: values.number('timeout-ms') ?? 30000,
    replyReserveMs: values.number('reply-reserve-ms') ?? 200,
    maxInFlight: values.number('max-in-flight') ?? defaultInFlight,
    output: readOutput(values, role === 'tier' ? undefined : 'results.csv'),
  }
}

/** The engine's flags, shared with `demo`. */
export function readEngine(values: FlagValues): EngineConfig {
  const choice = values.string('engine') as EngineName | 'auto'
  return {
    choice: values.boolean('tensorflow') === true ? 'tensorflow' : choice,
    maxBatchSize: values.number('max-batch-size') ?? 32,
    maxQueueDelayMs: values.number('max-queue-delay-ms') ?? 0,
    workers: values.number('workers') ?? 1,
  }
}

/** The flags of the exit decision, shared with `demo`. */
export function readExits(values: FlagValues): ExitConfig {
  return {
    confidence: values.string('confidence') as ConfidenceName,
    threshold: values.number('threshold'),
  }
}

/** The flags of the reports, shared with `demo`. A report module gets the file's name in place of the CSV. */
export function readOutput(values: FlagValues, defaultCsv: string | undefined): OutputConfig {
  return {
    csvFile: values.string('output') ?? defaultCsv,
    csvForm: values.string('csv') as 'full' | 'original',
    htmlFile: values.string('html'),
    reportModule: values.string('report-module'),
  }
}

function readInput(values: FlagValues): InputConfig {
  const isCifar10 = values.boolean('cifar10') === true
  const folder = isCifar10 ? values.string('cifar10-path') : values.string('input')
  return {
    kind: isCifar10 ? 'cifar10' : 'folder',
    folder: folder ?? '',
    format: (values.string('input_format') ?? 'jpg').replace(/^\./, ''),
    labelsFile: values.string('labels'),
    height: values.number('height'),
    width: values.number('width'),
    limit: values.number('limit'),
    preprocessModule: values.string('preprocess'),
    send: values.string('send') as InputConfig['send'],
  }
}

function checkSend(values: FlagValues, problems: string[]): void {
  const send = values.string('send')
  const isOwn = values.isGiven('preprocess')
  if (send === 'jpeg' && (isOwn || values.boolean('cifar10') === true)) {
    const why = isOwn ? '--preprocess' : '--cifar10'
    problems.push(
      `Expected --send uint8 or float32 with ${why}, got jpeg: there is no file to send`,
    )
  }
  if (send !== undefined && send !== 'float32' && values.string('wire-front') === 'json') {
    problems.push(`Expected --send float32 with --wire-front json, got ${send}`)
  }
}

function checkCifar10(values: FlagValues, problems: string[]): void {
  if (values.boolean('cifar10') !== true) return
  if (values.isGiven('preprocess')) {
    problems.push(
      'Expected no --preprocess with --cifar10, whose images are 32 x 32 pixels already',
    )
  }
  for (const flag of ['height', 'width']) {
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
function withoutEffect(values: FlagValues, role: Role): readonly string[] {
  return flagsOf('run')
    .filter(
      ({ name, roles }) => roles !== undefined && !roles.includes(role) && values.isTyped(name),
    )
    .map(({ name }) => `--${name} has no effect on a ${describeRole[role]}`)
}

const describeRole: Readonly<Record<Role, string>> = {
  device: 'device without --models',
  local: 'device with --models',
  tier: 'tier',
}

function checkJsonFront(values: FlagValues, problems: string[]): void {
  const inFlight = values.number('max-in-flight')
  const isDevice = values.list('models').length === 0
  if (isDevice && inFlight !== undefined && inFlight > 1) {
    problems.push(
      `Expected --max-in-flight 1 with --wire-front json, got ${inFlight}: an original answers one request at a time, without saying which`,
    )
  }
}

const linkFlagNames = (side: 'back' | 'front') =>
  ['producer', 'consumer'].flatMap((end) => [
    `${end}-${side}`,
    `${end}-${side}-port`,
    `${end}-${side}-topic`,
  ])

function isFrontGiven(values: FlagValues): boolean {
  return linkFlagNames('front').some((flag) => values.isGiven(flag))
}

/** A device has nobody behind it; flags of a back link on it are a mistake worth naming. */
function refuseBack(values: FlagValues, problems: string[]): undefined {
  const typed = linkFlagNames('back').filter(
    (flag) => values.isGiven(flag) && values.sourceOf(flag) === `--${flag}`,
  )
  if (typed.length > 0) {
    const shown = typed.map((flag) => `--${flag}`).join(', ')
    problems.push(`Expected no back link on a device (--input, --cifar10), got ${shown}`)
  }
}

function readLink(
  side: 'back' | 'front',
  values: FlagValues,
  problems: string[],
): LinkConfig | undefined {
  if (side === 'front' && !isFrontGiven(values)) return undefined
  // Requests come in at the back by its consumer, and go out at the front by its producer.
  const [requestEnd, replyEnd] =
    side === 'back' ? ['consumer', 'producer'] : ['producer', 'consumer']
  const before = problems.length
  const requestTopic = readTopic(`${requestEnd}-${side}-topic`, 'requests', values, problems)
  const replyTopic = readTopic(`${replyEnd}-${side}-topic`, 'replies', values, problems)
  const requestBrokers = readBrokers(
    `${requestEnd}-${side}`,
    `${replyEnd}-${side}`,
    values,
    problems,
  )
  const replyBrokers = readBrokers(`${replyEnd}-${side}`, `${requestEnd}-${side}`, values, problems)
  if (requestTopic !== undefined && requestTopic === replyTopic) {
    problems.push(
      `Expected --${requestEnd}-${side}-topic and --${replyEnd}-${side}-topic to differ, got '${requestTopic}' for both`,
    )
  }
  const security = readSecurity(side, values, problems)
  if (requestTopic === undefined || replyTopic === undefined || problems.length > before) {
    return undefined
  }
  return { side, requestBrokers, replyBrokers, requestTopic, replyTopic, ...security }
}

function readTopic(
  flag: string,
  carries: string,
  values: FlagValues,
  problems: string[],
): string | undefined {
  const topic = values.string(flag)
  if (topic === undefined) {
    problems.push(`Expected --${flag} to be given: the topic of ${carries}`)
  } else if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic) || topic === '.' || topic === '..') {
    problems.push(
      `Expected ${values.sourceOf(flag)} to be a topic name (letters, digits, '.', '_', '-'), got '${topic}'`,
    )
  }
  return topic
}

/** 'a,b:9093' with port 9092 -> ['a:9092', 'b:9093']. One end's hosts serve for the other. */
function readBrokers(
  flag: string,
  otherFlag: string,
  values: FlagValues,
  problems: string[],
): readonly string[] {
  const used = values.isGiven(flag) || !values.isGiven(otherFlag) ? flag : otherFlag
  const portFlag = values.isGiven(`${flag}-port`) ? `${flag}-port` : `${used}-port`
  const port = values.number(portFlag) ?? 9092
  const hosts = (values.string(used) ?? 'localhost')
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '')
  if (hosts.length === 0)
    problems.push(`Expected ${values.sourceOf(used)} to name a host, got none`)
  return hosts.map((host) => {
    const match = /^(\[[0-9a-fA-F:.]+\]|[^:/\s[\]]+)(?::(\d{1,5}))?$/.exec(host)
    const own = match?.[2] === undefined ? port : Number(match[2])
    if (match?.[1] === undefined || own < 1 || own > 65535) {
      problems.push(`Expected ${values.sourceOf(used)} to be host or host:port, got '${host}'`)
      return host
    }
    return `${match[1]}:${own}`
  })
}

function readSecurity(
  side: 'back' | 'front',
  values: FlagValues,
  problems: string[],
): { tls: TlsConfig | undefined; sasl: SaslConfig | undefined } {
  const pick = (name: string) => (values.isGiven(`${side}-${name}`) ? `${side}-${name}` : name)
  const text = (name: string) => values.string(pick(name))
  const fileOf = (name: string) => {
    const file = text(name)
    if (file !== undefined) readSmallFile(file, values.sourceOf(pick(name)), problems)
    return file
  }
  const files = {
    caFile: fileOf('ssl-ca'),
    certFile: fileOf('ssl-cert'),
    keyFile: fileOf('ssl-key'),
  }
  const isTls =
    values.boolean(pick('ssl')) ?? Object.values(files).some((file) => file !== undefined)
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    problems.push('Expected --ssl-cert and --ssl-key together, got one of them')
  }
  const tls: TlsConfig | undefined = isTls
    ? {
        ...files,
        passphrase: text('ssl-key-passphrase'),
        servername: text('ssl-servername'),
        isVerified: values.boolean(pick('ssl-verify')) ?? true,
      }
    : undefined
  return { tls, sasl: readSasl(side, pick, values, problems) }
}

function readSasl(
  side: 'back' | 'front',
  pick: (name: string) => string,
  values: FlagValues,
  problems: string[],
): SaslConfig | undefined {
  const mechanism = values.string(pick('sasl-mechanism')) as SaslConfig['mechanism'] | undefined
  const username = values.string(pick('sasl-username'))
  const password = readPassword(side, values, problems)
  if (mechanism === undefined) {
    if (username !== undefined || password !== undefined) {
      problems.push(`Expected --sasl-mechanism with --sasl-username and a password, got none`)
    }
    return undefined
  }
  if (username === undefined || password === undefined) {
    problems.push(
      `Expected --sasl-username and --sasl-password (or --sasl-password-file) with --${pick('sasl-mechanism')}`,
    )
    return undefined
  }
  return { mechanism, username, password }
}

/** The link's own password, as text or file, goes before that of both links. */
function readPassword(
  side: 'back' | 'front',
  values: FlagValues,
  problems: string[],
): string | undefined {
  for (const prefix of [`${side}-`, '']) {
    const text = values.string(`${prefix}sasl-password`)
    const fileFlag = `${prefix}sasl-password-file`
    const file = values.string(fileFlag)
    if (text !== undefined && file !== undefined) {
      problems.push(`Expected --${prefix}sasl-password or --${fileFlag}, got both`)
    }
    if (text !== undefined) return text
    if (file !== undefined) {
      return readSmallFile(file, values.sourceOf(fileFlag), problems)?.split(/\r?\n/)[0]
    }
  }
  return undefined
}

function readSmallFile(file: string, source: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    problems.push(`Expected ${source} to be a file that can be read, got '${file}' (${code})`)
    return undefined
  }
}

/** In Kubernetes a StatefulSet's Pod is called NAME-ORDINAL; elsewhere hosts are called anything. */
function ordinalOfHost(env: Readonly<Record<string, string | undefined>>): number | undefined {
  if (env.KUBERNETES_SERVICE_HOST === undefined) return undefined
  const match = /-(\d{1,4})$/.exec(hostname())
  return match?.[1] === undefined ? undefined : Number(match[1])
}
