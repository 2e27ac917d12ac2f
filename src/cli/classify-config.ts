// From the flags of `classify` to who answers, and what of the images is told.
import { urlAdvice } from '../domain/host-address.ts'
import { shownUrl } from '../domain/shown-url.ts'
import { join } from 'node:path'
import type { AnsweredBy } from '../compose/classify.ts'
import { packageRoot } from '../package-root.ts'
import type { GatewayConfig } from './config.ts'
import type { FlagNameOf, Values } from './flag-types.ts'
import { readLink } from './read-link.ts'
import { readEngine } from './read-parts.ts'

/** Flags of the models of this process. */
const modelFlags = [
  ...(['tensorflow', 'engine', 'engine-threads', 'max-batch-size', 'workers'] as const),
  'criterion',
] as const

/** Flags of the door that is asked. */
const doorFlags = ['model-name', 'token-file', 'ca-file'] as const

/** Problems are added to the list; the result is not to be used then. */
export function readAnsweredBy(values: Values<'classify'>, problems: string[]): AnsweredBy {
  const url = values.string('url')
  const front = readLink('front', values, problems)
  const threshold = values.number('threshold')
  if (url !== undefined) {
    if (front !== undefined) problems.push('Expected --url or a front link, got both')
    if (values.isGiven('models')) problems.push('Expected --url or --models, got both')
    refuse(values, modelFlags, 'has an effect on --models alone, not with --url', problems)
    return {
      kind: 'http',
      url: readUrl(url, values.sourceOf('url'), problems),
      modelName: values.string('model-name'),
      tokenFile: values.string('token-file'),
      caFile: values.string('ca-file'),
      threshold,
      timeoutMs: values.number('timeout-ms'),
      isBudgetTold: values.isGiven('timeout-ms'),
    }
  }
  refuse(values, doorFlags, 'has an effect with --url alone', problems)
  const isDevice = front !== undefined && !values.isGiven('models')
  if (isDevice) {
    refuse(values, modelFlags, 'has an effect on --models alone, not on a tier in front', problems)
  }
  const own = join(packageRoot, 'saved_models', 'model')
  const models = isDevice ? [] : values.isGiven('models') ? values.list('models') : [own]
  // A criterion other than the models' own needs its threshold as well.
  const hasCriterion = values.isGiven('criterion')
  const config = { ...gatewayOf(values, problems), front, models }
  return {
    kind: 'own',
    config: {
      ...config,
      exits: hasCriterion
        ? { confidence: values.string('criterion'), threshold: values.number('threshold') }
        : { confidence: undefined, threshold: undefined },
    },
    threshold: hasCriterion ? undefined : threshold,
  }
}

/** What is asked behind a link, or run here: a gateway without its ports. */
function gatewayOf(
  values: Values<'classify'>,
  problems: string[],
): Omit<GatewayConfig, 'front' | 'models' | 'exits'> {
  return {
    role: 'gateway',
    name: 'classify',
    warnings: [],
    logLevel: values.string('log-level'),
    logFormat: values.string('log-format'),
    http: undefined,
    tracing: { endpoint: undefined, ratio: 1 },
    door: undefined,
    startTimeoutMs: 10000,
    shutdownTimeoutMs: 0,
    engine: readEngine(values, 0, problems),
    wireFront: 'binary',
    featureCodec: undefined,
    ordinal: undefined,
    topics: { partitions: 8, create: true, isAwaited: false },
    timeoutMs: values.number('timeout-ms'),
    replyReserveMs: 200,
    reloadIntervalMs: 0,
    maxInFlight: values.number('max-in-flight'),
    maxImagePixels: values.number('max-image-pixels'),
    orientation: values.string('orient'),
    output: {
      csvFile: undefined,
      csvForm: 'full',
      resume: false,
      htmlFile: undefined,
      reportModule: undefined,
    },
  }
}

/** Flags that were typed and would do nothing. */
function refuse(
  values: Values<'classify'>,
  names: readonly FlagNameOf<'classify'>[],
  why: string,
  problems: string[],
): void {
  for (const name of names) {
    if (values.isTyped(name)) problems.push(`Expected no --${name}: it ${why}`)
  }
}

function readUrl(text: string, source: string, problems: string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  const shown = shownUrl(text)
  const isUnschemed = !text.includes('://') && URL.canParse(`http://${text}`)
  const typed = isUnschemed ? `; write http://${shown}` : ''
  const advice = urlAdvice(text)
  const how = advice === undefined ? '' : `, ${advice}`
  problems.push(
    `Expected ${source} to be http://host:port or https://host:port${how}, got '${shown}'${typed}`,
  )
  return new URL('http://localhost')
}
