// The flags of `bench`, checked together.
import { join } from 'node:path'
import type { BenchSettings } from '../lab/bench/settings.ts'
import { scenarios } from '../domain/lab-words.ts'
import type { Scenario } from '../lab/bench/load/load.ts'
import type { LabelledInput } from '../lab/evaluation/labelled.ts'
import { readLinkProfile } from '../lab/links/profile-file.ts'
import { packageRoot } from '../package-root.ts'
import { imageCodecs } from '../serving/wire/wire.ts'
import type { Values } from './flag-types.ts'
import { readFeatureCodec } from './read-feature-codec.ts'
import { readLabelled } from './read-labelled.ts'
import { readSentForms } from './read-sent-form.ts'
import { readEngine } from './read-parts.ts'
import { shownCommand } from './shown-command.ts'

interface BenchConfig {
  readonly settings: BenchSettings
  /** Undefined writes no files. */
  readonly output: string | undefined
}

const shippedModels = ['edge', 'fog', 'cloud']

/** Problems are added to the list, and the result is of no use then. */
export function readBenchConfig(values: Values<'bench'>, problems: string[]): BenchConfig {
  const models = values.list('models')
  const isLinked = values.isGiven('links') || values.isGiven('link-profile')
  const over = isLinked ? 'kafka' : values.string('over')
  checkTogether(values, isLinked, over, problems)
  return {
    settings: {
      models:
        models.length > 0
          ? models
          : shippedModels.map((name) => join(packageRoot, 'saved_models', name)),
      input: readInput(values, problems),
      limit: values.number('limit'),
      over,
      brokers: values.string('brokers'),
      scenarios: readScenarios(values, isLinked, problems),
      inFlight: readInFlight(values, problems),
      latencyBoundMs: values.number('latency-bound-ms'),
      samples: values.number('samples'),
      maxSeconds: values.number('max-seconds'),
      rounds: values.number('rounds'),
      warmSeconds: values.number('warm-seconds'),
      inputs: values.string('inputs'),
      exits: values.string('exits'),
      floors: values.boolean('floors') !== false,
      door: values.boolean('door') === true,
      peers: values.list('peers'),
      links: isLinked
        ? readLinkProfile(values.string('link-profile'), values.string('links'))
        : undefined,
      cloudOnly: values.isGiven('cloud-only')
        ? readSentForms(
            'cloud-only',
            values.words('cloud-only'),
            ['uint8', 'float32', ...imageCodecs],
            problems,
          )
        : undefined,
      seed: values.number('seed'),
      engine: readEngine(values, values.number('max-queue-delay-ms'), problems),
      featureCodec: readFeatureCodec(values, problems),
      send: values.string('send'),
      sendQuality: values.number('send-quality'),
      partitions: values.number('partitions'),
      timeoutMs: values.number('timeout-ms'),
      command: shownCommand(process.argv.slice(2)),
    },
    output: values.string('output'),
  }
}

function checkTogether(
  values: Values<'bench'>,
  isLinked: boolean,
  over: 'process' | 'kafka',
  problems: string[],
): void {
  if (isLinked && values.string('over') === 'process' && values.isGiven('over')) {
    problems.push('Expected --over kafka with --link-profile: links stand between processes')
  }
  if (isLinked && values.isGiven('brokers')) {
    problems.push('Expected no --brokers with --link-profile, whose broker has an address a link')
  }
  if (over === 'process' && values.isGiven('brokers')) {
    problems.push('Expected --over kafka with --brokers')
  }
  if (values.boolean('door') === true && (isLinked || over === 'process')) {
    problems.push(
      'Expected --over kafka without --link-profile for --door: a gateway asks over Kafka',
    )
  }
  const send = values.string('send') ?? 'uint8'
  if (values.boolean('door') === true && send !== 'uint8') {
    problems.push(`Expected --send uint8 with --door, which posts pixels, got ${send}`)
  }
  if (!isLinked && values.isGiven('cloud-only')) {
    problems.push('Expected --link-profile with --cloud-only: without links a cloud is no place')
  }
  if (isLinked && values.list('peers').length > 0) {
    problems.push('Expected no --peers with --link-profile: they know no links')
  }
  if (isLinked && values.isGiven('exits')) {
    problems.push('Expected no --exits with --link-profile: early exit leaves as it comes there')
  }
}

function readScenarios(
  values: Values<'bench'>,
  isLinked: boolean,
  problems: string[],
): readonly Scenario[] {
  // As in the paper: one image after the other.
  if (isLinked && !values.isGiven('scenario')) return ['single-stream']
  const words = values.words('scenario')
  const unknown = words.filter((word) => !(scenarios as readonly string[]).includes(word))
  if (unknown.length > 0 || words.length === 0) {
    problems.push(
      `Expected --scenario to be some of ${scenarios.join(', ')}, got '${unknown.join("', '")}'`,
    )
  }
  return words as readonly Scenario[]
}

function readInFlight(values: Values<'bench'>, problems: string[]): readonly number[] {
  return values.words('in-flight').map((word) => {
    const count = Number(word)
    if (!Number.isInteger(count) || count < 1 || count > 65536) {
      problems.push(`Expected --in-flight to be whole numbers from 1 to 65536, got '${word}'`)
    }
    return count
  })
}

function readInput(values: Values<'bench'>, problems: string[]): LabelledInput {
  const isCifar10 = values.boolean('cifar10') === true
  const folder = values.string('input')
  if (isCifar10 && folder !== undefined) problems.push('Expected --input or --cifar10, got both')
  if (isCifar10 && values.string('inputs') === 'encoded') {
    problems.push('Expected --inputs decoded with --cifar10, which has no files of single images')
  }
  return readLabelled(values, problems, folder ?? join(packageRoot, 'data', 'sample'))
}
