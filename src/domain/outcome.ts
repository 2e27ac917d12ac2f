// What became of one sample at the device: the row of the CSV, the unit of the summary.
import type { Reply, ReplyProblem } from './reply.ts'

export interface Outcome {
  /** Running number of the sample, from 0. */
  readonly index: number
  /** Path of the image relative to the input folder, or the sample's name in a data set. */
  readonly file: string
  /** Index of the true label. */
  readonly label: number
  /** From reading's end to the answer, milliseconds; undefined where none came. */
  readonly roundTripMs: number | undefined
  /** Undefined where none came. */
  readonly reply: Reply | undefined
  /** Why there is no answer: unreadable image, time-out, error reply. */
  readonly problem: ReplyProblem | undefined
}
