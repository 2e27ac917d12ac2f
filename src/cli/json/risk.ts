// What images that chose nothing prove of a cascade: in the JSON of `ddnn calibrate` and `ddnn evaluate`.
import { z } from 'zod'
import { count, measured } from './measured-with.ts'

const group = z.object({ left: count, harmed: count, bound: measured })

export const riskFigures = {
  confidence: z.number(),
  samples: count,
  harmed: count.describe('wrong where the last exit is right'),
  gained: count.describe('right where the last exit is wrong'),
  observed: measured,
  bound: measured.describe('the share harmed is at most this'),
  net: z
    .object({ observed: measured, bound: measured })
    .describe('accuracy lost: harmed less gained'),
  exits: z.array(z.object({ exit: count, leftBy: group, leftAt: group })),
  claims: count.describe('bounds of exits that hold at once'),
}
