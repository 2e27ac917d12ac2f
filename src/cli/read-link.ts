// One side's flags to where requests and replies travel: hosts, ports, topics, security.
import { addressText, readAddress } from '../domain/host-address.ts'
import { shownUrl } from '../domain/shown-url.ts'
import type { LinkConfig } from './config.ts'
import type { FlagReader } from './flag-types.ts'
import type { AnyNameReader } from './flag-values.ts'
import { readSecurity, type SecurityValues } from './read-security.ts'

type Side = 'back' | 'front'
type LinkFlagName<S extends Side> =
  `${'producer' | 'consumer'}-${S}` | `${'producer' | 'consumer'}-${S}-${'port' | 'topic'}`

/** A command that has the flags of this side's link, and of its security. */
type LinkValues<S extends Side> = FlagReader<LinkFlagName<S>> & SecurityValues<S>

/** Flags that say where one side's link leads. */
export function linkFlagNames<S extends Side>(side: S): readonly LinkFlagName<S>[] {
  return (['producer', 'consumer'] as const).flatMap((end) => [
    `${end}-${side}` as const,
    `${end}-${side}-port` as const,
    `${end}-${side}-topic` as const,
  ])
}

/** Whether the user gave any flag of the front link. */
export function isFrontGiven(values: FlagReader<LinkFlagName<'front'>>): boolean {
  return linkFlagNames('front').some((flag) => values.isGiven(flag))
}

/** Whether the user gave any flag of the back link. */
export function isBackGiven(values: FlagReader<LinkFlagName<'back'>>): boolean {
  return linkFlagNames('back').some((flag) => values.isGiven(flag))
}

/** Undefined where there is no such link, or a problem was added. */
export function readLink<S extends Side>(
  side: S,
  typed: LinkValues<S>,
  problems: string[],
): LinkConfig | undefined {
  // From here on names are made of a side and an end.
  const values = typed.anyName
  if (side === 'front' && !linkFlagNames(side).some((flag) => values.isGiven(flag))) {
    return undefined
  }
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
  const security = readSecurity(side, typed, problems)
  if (requestTopic === undefined || replyTopic === undefined || problems.length > before) {
    return undefined
  }
  return { side, requestBrokers, replyBrokers, requestTopic, replyTopic, ...security }
}

function readTopic(
  flag: string,
  carries: string,
  values: AnyNameReader,
  problems: string[],
): string | undefined {
  const topic = values.string(flag)
  if (topic === undefined) {
    problems.push(`Expected --${flag} to be given: the topic of ${carries}`)
  } else checkTopicName(topic, values.sourceOf(flag), problems)
  return topic
}

/** Adds a problem where Kafka would not take the name. */
export function checkTopicName(topic: string, source: string, problems: string[]): void {
  if (/^[A-Za-z0-9._-]{1,249}$/.test(topic) && topic !== '.' && topic !== '..') return
  problems.push(
    `Expected ${source} to be a topic name (letters, digits, '.', '_', '-'), got '${topic}'`,
  )
}

/** One end's hosts serve for the other. */
function readBrokers(
  flag: string,
  otherFlag: string,
  values: AnyNameReader,
  problems: string[],
): readonly string[] {
  const used = values.isGiven(flag) || !values.isGiven(otherFlag) ? flag : otherFlag
  const portFlag = values.isGiven(`${flag}-port`) ? `${flag}-port` : `${used}-port`
  const port = values.number(portFlag) ?? NaN
  return readHosts(values.string(used) ?? 'localhost', values.sourceOf(used), port, problems)
}

/** 'a,b:9093' with port 9092 -> ['a:9092', 'b:9093']; `source` is how the user gave it. */
export function readHosts(
  text: string,
  source: string,
  port: number,
  problems: string[],
): readonly string[] {
  const hosts = text
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '')
  if (hosts.length === 0) problems.push(`Expected ${source} to name a host, got none`)
  return hosts.map((host) => {
    const address = readAddress(host, port)
    if (typeof address !== 'string') return addressText(address.host, address.port)
    problems.push(`Expected ${source} to be ${address}, got '${shownUrl(host)}'`)
    return host
  })
}
