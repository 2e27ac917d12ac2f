// What an operator asks for when a knob is turned: looked at as everything that comes from outside.
import { z } from 'zod'
import { isBounded } from '../../domain/confidence.ts'
import { isWord } from '../../domain/threshold-words.ts'
import { ConfigError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { OpenWatch } from './create-watch.ts'

const turn = z.strictObject({ exit: z.int().nonnegative(), threshold: z.number().nullable() })

/** @throws DDNN_CONFIG_INVALID, in words for the page, where it cannot be turned so. */
export function turnThreshold(watch: OpenWatch, body: string, log: Logger): void {
  const { exit, threshold } = parse(body)
  const known = watch.exit(exit)
  if (known === undefined) throw invalid('an exit of this chain', String(exit))
  if (!known.canTurn) {
    throw invalid(
      'an exit that can be turned from here',
      known.isLast ? `exit ${exit}, which is the last one and always answers` : `exit ${exit}`,
      'Open the page of the tier that it belongs to',
    )
  }
  if (threshold !== null && isBounded(known.criterion) && !isWithin(threshold)) {
    throw invalid(`a threshold for ${known.criterion} from 0 to 1`, String(threshold))
  }
  watch.turned.turn(exit, threshold)
  const from = known.turned ?? known.threshold
  log.info(
    { exit, from, to: threshold ?? known.threshold },
    threshold === null
      ? `the threshold of exit ${exit} is the model's again`
      : `the threshold of exit ${exit} was turned on the page, until this process ends`,
  )
  watch.changed()
}

function isWithin(threshold: number): boolean {
  return (threshold >= 0 && threshold <= 1) || isWord(threshold)
}

function parse(body: string): z.infer<typeof turn> {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    throw invalid('JSON', body.slice(0, 80))
  }
  const parsed = turn.safeParse(json)
  if (parsed.success) return parsed.data
  throw invalid('{"exit": 0, "threshold": 0.8}, or null for its own', body.slice(0, 80))
}

function invalid(expected: string, got: string, hint?: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', `Expected ${expected}, got ${got}`, {
    ...(hint === undefined ? {} : { hint }),
  })
}
