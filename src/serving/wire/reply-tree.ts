// A reply as the JSON header of a frame, nested by `next`, and back. Every number survives: JSON has
// no NaN, no infinities and loses -0, so those four travel as text.
import { packCalibration, unpackCalibration } from '../../domain/packed-calibration.ts'
import { confidenceNames } from '../../domain/confidence.ts'
import { orientations, type Orientation } from '../../domain/orientation.ts'
import type { TierAbout } from '../../domain/probe.ts'
import type { ExitFacts } from '../../domain/tier-facts.ts'
import type { ExitResult, ModelInfo, Reply, ReplyProblem } from '../../domain/reply.ts'
import type { TierLife } from '../../domain/watch.ts'
import { dtypes, type DType } from '../../domain/tensor.ts'
import { FrameError } from '../../errors.ts'
import { maxThresholds } from '../../domain/turned-thresholds.ts'
import { maxClasses, maxHops, maxProblemLength, maxRank } from './limits.ts'

type Json = Record<string, unknown>

/** The plain object of a reply; what is undefined is left out by JSON. */
export function replyTreeOf(reply: Reply): object {
  const { result, problem, next } = reply
  return {
    tier: reply.tier,
    result: result && {
      exit: result.exit,
      isLast: result.isLast,
      logits: result.logits.map(textOfNumber),
      prediction: result.prediction,
      confidence: result.confidence === undefined ? undefined : textOfNumber(result.confidence),
      criterion: result.criterion,
      gives: result.gives,
      temperature: result.temperature,
      remembers: result.remembers,
    },
    computeMs: reply.computeMs,
    totalMs: reply.totalMs,
    fallback: reply.fallback,
    labels: reply.labelsHash,
    model: reply.model,
    problem: problem && {
      code: problem.code,
      message: problem.message.slice(0, maxProblemLength),
    },
    about: reply.about && aboutTreeOf(reply.about),
    next: next && replyTreeOf(next),
  }
}

function aboutTreeOf({ calibration, ...about }: TierAbout): object {
  return calibration === undefined ? about : { ...about, calibration: packCalibration(calibration) }
}

/** @throws DDNN_FRAME_MALFORMED when fields are missing or of another type, or hops too many. */
export function parseReplyTree(header: unknown, hop = 1): Reply {
  if (hop > maxHops) throw malformed(`at most ${maxHops} hops`, 'more')
  const tree = recordOf(header, 'a reply')
  return {
    tier: textOf(tree.tier, 'tier'),
    result: isAbsent(tree.result) ? undefined : parseResult(tree.result),
    computeMs: durationOf(tree.computeMs, 'computeMs'),
    totalMs: durationOf(tree.totalMs, 'totalMs'),
    fallback: tree.fallback === true,
    labelsHash: isAbsent(tree.labels) ? undefined : textOf(tree.labels, 'labels'),
    problem: isAbsent(tree.problem) ? undefined : parseProblem(tree.problem),
    ...(isAbsent(tree.model) ? {} : { model: parseModel(tree.model) }),
    ...(isAbsent(tree.about) ? {} : { about: parseAbout(tree.about) }),
    next: isAbsent(tree.next) ? undefined : parseReplyTree(tree.next, hop + 1),
  }
}

function parseResult(value: unknown): ExitResult {
  const result = recordOf(value, 'result')
  const { logits, exit, prediction, confidence } = result
  if (!Array.isArray(logits) || logits.length > maxClasses) {
    throw malformed(`logits, at most ${maxClasses}`, logits)
  }
  if (!Number.isSafeInteger(exit)) throw malformed('exit as a whole number', exit)
  const isClass = Number.isSafeInteger(prediction) && (prediction as number) < logits.length
  if (!isClass || (prediction as number) < -1) throw malformed('prediction as a class', prediction)
  return {
    exit: exit as number,
    ...(typeof result.isLast === 'boolean' ? { isLast: result.isLast } : {}),
    logits: logits.map((logit) => numberOf(logit, 'a logit')),
    prediction: prediction as number,
    confidence: isAbsent(confidence) ? undefined : numberOf(confidence, 'confidence'),
    ...parseScale(result),
  }
}

/** How an exit's values are to be read. Names of a later release say nothing to this one. */
function parseScale(
  result: Json,
): Pick<ExitResult, 'criterion' | 'gives' | 'temperature' | 'remembers'> {
  const criterion = confidenceNames.find((name) => name === result.criterion)
  const { gives, temperature } = result
  const isKnown = gives === 'logits' || gives === 'probabilities'
  const isPositive = typeof temperature === 'number' && temperature > 0
  return {
    ...(criterion === undefined ? {} : { criterion }),
    ...(isKnown ? { gives } : {}),
    ...(isPositive ? { temperature } : {}),
    ...(result.remembers === true ? { remembers: true } : {}),
  }
}

/** Codes by the names that earlier releases send. */
const formerCodes: ReadonlyMap<string, string> = new Map([['DDNN_FRONT_OPEN', 'DDNN_FRONT_SILENT']])

function parseProblem(value: unknown): ReplyProblem {
  const problem = recordOf(value, 'problem')
  const code = textOf(problem.code, 'code')
  return { code: formerCodes.get(code) ?? code, message: textOf(problem.message, 'message') }
}

function parseModel(value: unknown): ModelInfo {
  const model = recordOf(value, 'model')
  const optional = (key: 'family' | 'version') =>
    isAbsent(model[key]) ? undefined : textOf(model[key], key)
  return {
    family: optional('family'),
    version: optional('version'),
    thresholds: textOf(model.thresholds, 'thresholds'),
  }
}

function parseAbout(value: unknown): TierAbout {
  const about = recordOf(value, 'about')
  const { input } = about
  if (!Array.isArray(input) || input.length > maxRank || !input.every(Number.isSafeInteger)) {
    throw malformed('input as a shape', input)
  }
  return {
    version: textOf(about.version, 'version'),
    family: isAbsent(about.family) ? undefined : textOf(about.family, 'family'),
    input: input as number[],
    ...(isAbsent(about.dtypes) ? {} : { dtypes: parseDtypes(about.dtypes) }),
    ...orientationOf(about.orientation),
    ...(about.takesGray === true ? { takesGray: true } : {}),
    ...(isAbsent(about.labels) ? {} : { labels: parseLabels(about.labels) }),
    ...(isAbsent(about.exits) ? {} : { exits: parseExitFacts(about.exits) }),
    ...(isAbsent(about.offloadBytes)
      ? {}
      : { offloadBytes: amountOf(about.offloadBytes, 'offloadBytes') }),
    ...optionally('life', lifeOf(about.life)),
    ...optionally('calibration', unpackCalibration(about.calibration)),
  }
}

function optionally<K extends string, V>(key: K, value: V | undefined): { readonly [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [k in K]?: V })
}

/** For those who watch: one that this release cannot read is as good as none. */
function lifeOf(value: unknown): TierLife | undefined {
  const life = (value ?? {}) as Partial<Record<keyof TierLife, unknown>>
  const numbers = lifeNumbers.map((key) => [key, life[key]] as const)
  const areNumbers = numbers.every(([, each]) => typeof each === 'number' && each >= 0)
  if (typeof life.instance !== 'string' || !areNumbers) return undefined
  return { ...(Object.fromEntries(numbers) as Life), instance: life.instance.slice(0, 64) }
}

type Life = Omit<TierLife, 'instance'>
const lifeNumbers: readonly (keyof Life)[] = [
  'inFlight',
  'perSecond',
  'receivedBytesPerSecond',
  'sentBytesPerSecond',
  'fallbacks',
  'errors',
]

/** One that this release does not know is as good as none. */
function orientationOf(value: unknown): { readonly orientation?: Orientation } {
  const orientation = orientations.find((known) => known === value)
  return orientation === undefined ? {} : { orientation }
}

function parseExitFacts(value: unknown): readonly ExitFacts[] {
  if (!Array.isArray(value) || value.length > maxThresholds) {
    throw malformed(`exits, at most ${maxThresholds}`, value)
  }
  return value.map((each) => {
    const exit = recordOf(each, 'an exit')
    const optional = (key: 'accuracy' | 'multiplyAdds') =>
      isAbsent(exit[key]) ? undefined : amountOf(exit[key], key)
    return {
      index: amountOf(exit.index, 'index'),
      accuracy: optional('accuracy'),
      multiplyAdds: optional('multiplyAdds'),
      ...optionally('threshold', typeof exit.threshold === 'number' ? exit.threshold : undefined),
      ...optionally(
        'criterion',
        confidenceNames.find((name) => name === exit.criterion),
      ),
      ...(typeof exit.isLast === 'boolean' ? { isLast: exit.isLast } : {}),
    }
  })
}

/** Those that this release knows: a later one may take others too. */
function parseDtypes(value: unknown): readonly DType[] {
  if (!Array.isArray(value)) throw malformed('dtypes as a list', value)
  return dtypes.filter((dtype) => value.includes(dtype))
}

function parseLabels(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > maxClasses) {
    throw malformed(`labels, at most ${maxClasses}`, value)
  }
  return value.map((label) => textOf(label, 'a label'))
}

function textOfNumber(value: number): number | string {
  return Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value)
}

function numberOf(value: unknown, name: string): number {
  if (typeof value === 'number') return value
  if (value === '-0') return -0
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  throw malformed(`${name} as a number`, value)
}

function amountOf(value: unknown, name: string): number {
  if (typeof value !== 'number' || !(value >= 0)) throw malformed(`${name} as a number`, value)
  return value
}

function durationOf(value: unknown, name: string): number {
  if (typeof value !== 'number' || value < 0) throw malformed(`${name} as milliseconds`, value)
  return value
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw malformed(`${name} as text`, value)
  return value
}

function recordOf(value: unknown, name: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw malformed(`${name} as an object`, value)
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function malformed(expected: string, got: unknown): FrameError {
  const shown = (JSON.stringify(got) ?? 'nothing').slice(0, 80)
  return new FrameError('DDNN_FRAME_MALFORMED', `Expected ${expected}, got ${shown}`)
}
