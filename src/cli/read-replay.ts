// Flags of `ddnn replay` to what it is told to do.
import { deadLetterTopic } from '../serving/transport/dead-letter.ts'
import type { LetterFilter } from '../lab/replay/filter.ts'
import { parseMoment } from '../lab/replay/moment.ts'
import { parseOffsetRange } from '../lab/replay/offset-range.ts'
import type { LinkConfig } from './config.ts'
import type { Values } from './flag-types.ts'
import { checkTopicName, readHosts } from './read-link.ts'
import { readSecurity } from './read-security.ts'

interface ReplayConfig {
  /** What replay shares with a link. */
  readonly link: LinkConfig
  /** Topic of the letters. */
  readonly topic: string
  readonly requestTopic: string
  readonly to: string
  readonly isToGiven: boolean
  readonly filter: LetterFilter
}

const suffix = deadLetterTopic('')
const defaultPort = 9092

/** What is wrong is added to the problems; `nowMs` is what '2h' counts from. */
export function readReplay(
  values: Values<'replay'>,
  problems: string[],
  nowMs: number,
): ReplayConfig {
  const topic = readTopic(values, problems)
  const requestTopic = topic.slice(0, -suffix.length)
  const given = values.string('to')
  if (given !== undefined) checkTopicName(given, values.sourceOf('to'), problems)
  if (given !== undefined && given === topic) {
    problems.push(`Expected ${values.sourceOf('to')} to be a topic of requests, got '${topic}'`)
  }
  const brokers = readHosts(
    values.string('brokers'),
    values.sourceOf('brokers'),
    defaultPort,
    problems,
  )
  const link: LinkConfig = {
    side: 'back',
    requestBrokers: brokers,
    replyBrokers: brokers,
    requestTopic,
    replyTopic: topic,
    ...readSecurity<never>(undefined, values, problems),
  }
  return {
    link,
    topic,
    requestTopic,
    to: given ?? requestTopic,
    isToGiven: given !== undefined,
    filter: readFilter(values, problems, nowMs),
  }
}

function readTopic(values: Values<'replay'>, problems: string[]): string {
  const topic = values.string('topic')
  if (topic === '') return suffix
  checkTopicName(topic, values.sourceOf('topic'), problems)
  if (!topic.endsWith(suffix) || topic === suffix) {
    problems.push(
      `Expected ${values.sourceOf('topic')} to be a topic of dead letters, as '${deadLetterTopic(topic)}', got '${topic}'`,
    )
  }
  return topic
}

function readFilter(values: Values<'replay'>, problems: string[], nowMs: number): LetterFilter {
  const setOf = (name: 'code' | 'client') => {
    const words = values.words(name)
    return words.length === 0 ? undefined : new Set(words)
  }
  const momentOf = (name: 'since' | 'until') => {
    const text = values.string(name)
    if (text === undefined) return undefined
    const moment = parseMoment(text, nowMs)
    if (moment === undefined) {
      problems.push(
        `Expected ${values.sourceOf(name)} to be a time ago (90s, 15m, 2h, 1d) or an ISO time, got '${text}'`,
      )
    }
    return moment
  }
  const sinceMs = momentOf('since')
  const untilMs = momentOf('until')
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs) {
    problems.push('Expected --since to be before --until')
  }
  return {
    codes: setOf('code'),
    clients: setOf('client'),
    sinceMs,
    untilMs,
    partitions: readPartitions(values, problems),
    offsets: readOffsets(values, problems),
  }
}

function readPartitions(
  values: Values<'replay'>,
  problems: string[],
): ReadonlySet<number> | undefined {
  const words = values.words('partition')
  const bad = words.find((word) => !/^\d{1,9}$/.test(word))
  if (bad !== undefined) {
    problems.push(
      `Expected ${values.sourceOf('partition')} to be numbers of partitions, got '${bad}'`,
    )
  }
  return words.length === 0 ? undefined : new Set(words.map(Number))
}

function readOffsets(values: Values<'replay'>, problems: string[]): LetterFilter['offsets'] {
  const text = values.string('offset')
  const range = text === undefined ? undefined : parseOffsetRange(text)
  if (text !== undefined && range === undefined) {
    problems.push(
      `Expected ${values.sourceOf('offset')} to be offsets FROM..TO, as 5..9, 5.., ..9 or 5, got '${text}'`,
    )
  }
  return range
}
