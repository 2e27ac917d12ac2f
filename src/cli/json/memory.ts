// How an exit goes by those before it, as documents of --json tell it. docs/calibration.md explains it.
import { z } from 'zod'

export const memory = z
  .object({ weights: z.array(z.number()), bias: z.array(z.number()), temperature: z.number() })
  .describe('how it goes by the exits before it; left out where it goes by itself alone')
