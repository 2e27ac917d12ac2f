// What a tier serves and where, in a line of the log at its start.
import type { ExitRule } from '../../domain/exit.ts'
import { isBeyondReach, thresholdWords } from '../../domain/threshold-words.ts'
import type { ServedModels } from './served-models.ts'

interface Place {
  readonly engine: string | undefined
  readonly requestTopic: string
  readonly replyTopic: string
  /** Request topic of the tier in front. */
  readonly front: string | undefined
}

/** Family, version, what each exit decides by, engine and topics. */
export function describeServing({ info, rules }: ServedModels, place: Place): string {
  const { family = 'none', version } = info
  const exits = rules.flat().map(describeRule).join(', ')
  return [
    `serves family ${family}${version === undefined ? '' : `, version ${version}`}`,
    `thresholds ${info.thresholds}: ${exits}`,
    ...(place.engine === undefined ? [] : [place.engine]),
    `requests from ${place.requestTopic}, replies to ${place.replyTopic}`,
    place.front === undefined ? 'nobody in front' : `the front at ${place.front}`,
  ].join('; ')
}

function describeRule({ exit, confidence, threshold, isLast }: ExitRule): string {
  if (isLast === true || threshold === thresholdWords.always) return `exit ${exit} always`
  const isNever = threshold === thresholdWords.never || isBeyondReach(threshold, confidence)
  return isNever ? `exit ${exit} never` : `exit ${exit} by ${confidence} ${threshold}`
}
