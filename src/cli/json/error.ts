// What stands on stdout with --json in place of a result, where there is none.
import { z } from 'zod'
import { errorCodes } from '../../errors.ts'

export const errorSchema = z.object({
  error: z.object({
    code: z.enum(errorCodes),
    message: z.string().describe('what was expected, and what came'),
    hint: z.string().nullable().describe('what to do next'),
  }),
})

export type ErrorDocument = z.infer<typeof errorSchema>
