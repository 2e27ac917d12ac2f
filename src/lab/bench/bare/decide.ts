// Whether an image leaves: the confidence of one row of an exit's logits against its threshold.
import type { Pass } from './session.ts'
import type { BareAnswer, BareExit, BareStage } from './stage.ts'

/** The answer to the image in `row` of a pass of `rows`, or undefined where it goes on to the next stage. */
type Decide = (pass: Pass, row: number, rows: number) => BareAnswer | undefined

/** @param leaveAt the stage that all leave at, where none leaves as it comes */
export function createDecide(stage: BareStage, leaveAt: string | undefined): Decide {
  for (const { criterion } of stage.exits) {
    if (!['softmax', 'margin'].includes(criterion)) {
      throw new Error(`Expected exits by softmax or margin, got ${criterion} at ${stage.name}`)
    }
  }
  const isLast = stage.features === null || stage.name === leaveAt
  return (pass, row, rows) => {
    if (leaveAt !== undefined && !isLast) return undefined
    for (const [i, exit] of stage.exits.entries()) {
      const logits = pass.exits[i] as Float32Array
      const classes = logits.length / rows
      const own = logits.subarray(row * classes, (row + 1) * classes)
      const answer = { exit: stage.name, ...judge(own, exit) }
      const isDeepest = i === stage.exits.length - 1
      if (isLast && isDeepest) return answer
      if (leaveAt === undefined && answer.confidence >= exit.threshold) return answer
    }
    return undefined
  }
}

/** Softmax at the temperature: its largest probability, less the second where that is the criterion. */
function judge(
  logits: Float32Array,
  { criterion, temperature }: BareExit,
): { prediction: number; confidence: number } {
  let prediction = 0
  let first = -Infinity
  let second = -Infinity
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number
    if (logit > first) {
      second = first
      first = logit
      prediction = i
    } else if (logit > second) second = logit
  }
  let sum = 0
  for (const logit of logits) sum += Math.exp((logit - first) / temperature)
  const less = criterion === 'margin' ? Math.exp((second - first) / temperature) : 0
  return { prediction, confidence: (1 - less) / sum }
}
