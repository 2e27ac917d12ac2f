// Model folders with a fixed-time.json in place of a network: what stands in for one takes a given time and
// no processor. For load tests: brokers, replicas and links are sized before there is a model.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ModelError } from '../errors.ts'

export const fixedTimeFile = 'fixed-time.json'

const shape = z.array(z.int().positive()).min(1).max(8)
/** A minute: longer than any budget that a request is given by default. */
const time = z.number().min(0).max(60_000)

const fixedTime = z.strictObject({
  format: z.literal(1),
  /** Of each forward pass, whatever its batch, milliseconds. */
  passMs: time.default(0),
  /** Of each sample in it, added, milliseconds. */
  sampleMs: time,
  /** Of one sample, without the batch axis. */
  input: shape,
  /** null, the default, for the last submodel. */
  features: shape.nullable().default(null),
  /** Classes of each exit. */
  exits: z.array(z.int().min(2)).min(1),
})

export type FixedTime = z.infer<typeof fixedTime>

/**
 * Reads and checks the folder's file.
 * @throws DDNN_MODEL_DAMAGED, naming the file and every field that is wrong; DDNN_MODEL_MISSING.
 */
export async function readFixedTime(folder: string): Promise<FixedTime> {
  const file = join(folder, fixedTimeFile)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ModelError('DDNN_MODEL_MISSING', `Expected a model in '${file}', got no file`, {
      cause,
    })
  })
  const parsed = fixedTime.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((i) => `${i.path.join('.') || 'file'}: ${i.message}`)
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected the times and shapes of a stand-in in '${file}': ${problems.join('; ')}`,
    {
      hint: 'Write { "format": 1, "sampleMs": 20, "input": [180, 180, 3], "exits": [5] }; see docs/scaling.md',
    },
  )
}

/** Undefined for text that is no JSON, which no check takes. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
