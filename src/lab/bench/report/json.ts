// bench.json: a bench's result as it is, for the page, README's tables and later commands. What JSON cannot say,
// undefined and NaN (no answer, so no latency), is null there and comes back as it was.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { BenchResult, BenchRow } from '../result.ts'
import { scenarios } from '../../../domain/lab-words.ts'
import { ConfigError } from '../../../errors.ts'

const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullable().transform((value) => value ?? undefined)
/** NaN where nothing was measured. */
const measured = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN)
const count = z.number().int().nonnegative()
const names = z.record(z.string(), measured)

const latency = z.object({
  mean: measured,
  p50: measured,
  p90: measured,
  p95: measured,
  p99: measured,
  max: measured,
  curve: z.array(measured),
})

const row = z.object({
  contestant: z.string(),
  scenario: z.enum(scenarios),
  round: count,
  inFlight: optional(count),
  rate: optional(z.number()),
  isHeld: optional(z.boolean()),
  samples: count,
  failures: names,
  seconds: measured,
  imagesPerSecond: measured,
  latency,
  cpuMs: names,
  bytes: names,
  parts: z.array(
    z.object({
      where: z.string(),
      part: z.enum(['queue', 'decode', 'compute', 'encode', 'hop', 'other']),
      ms: measured,
    }),
  ),
  exits: names,
  accuracy: optional(z.number()),
})

export const benchSchema: z.ZodType<BenchResult> = z.object({
  format: z.literal(1),
  startedAt: z.string(),
  seconds: measured,
  command: z.string(),
  commit: optional(z.string()),
  machine: z.object({
    cpu: z.string(),
    cores: count,
    memoryGiB: z.number(),
    platform: z.string(),
    node: z.string(),
  }),
  versions: z.record(z.string(), z.string()),
  loadAtStart: measured,
  setup: z.object({
    over: z.enum(['process', 'kafka']),
    inputs: z.enum(['decoded', 'encoded']),
    exits: z.string(),
    models: z.array(z.string()),
    images: count,
    rounds: count,
    warmSeconds: z.number(),
    seed: z.number(),
    links: optional(z.string()),
    notes: z.array(z.string()),
  }),
  contestants: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['ddnn', 'floor', 'peer', 'cloud-only']),
      description: z.string(),
    }),
  ),
  rows: z.array(row),
})

/** The text of bench.json, a line break at its end; curves are kept to the microsecond. */
export function benchJson(result: BenchResult): string {
  const text = JSON.stringify(result, shortCurve, 1)
  // Lists of numbers on one line. A line break is always JSON's own: in a string it is spelt '\n'.
  const lists = /\[\n(?:[\d\s.,eE+-]|null)*\]/g
  return `${text.replace(lists, (list) => list.replace(/\s+/g, ' '))}\n`
}

function shortCurve(key: string, value: unknown): unknown {
  if (key !== 'curve') return value ?? null
  return (value as BenchRow['latency']['curve']).map((ms) => Math.round(ms * 1000) / 1000)
}

/**
 * Reads a bench.json.
 * @throws DDNN_INPUT_MISSING when there is no such file, DDNN_INPUT_UNREADABLE when it is none of a bench.
 */
export async function readBenchResult(file: string): Promise<BenchResult> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const got = (cause as { code?: string }).code ?? String(cause)
    throw new ConfigError('DDNN_INPUT_MISSING', `Expected to read '${file}', got ${got}`, {
      hint: "Pass the bench.json that 'ddnn bench' wrote",
      cause,
    })
  })
  return parseBenchResult(text, file)
}

/** The same of a text; `file` is its name in messages. @throws DDNN_INPUT_UNREADABLE */
export function parseBenchResult(text: string, file: string): BenchResult {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw unreadable(file, `no JSON: ${(cause as Error).message}`, cause)
  }
  const parsed = benchSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  throw unreadable(file, `at '${path}': ${issue?.message ?? 'another form'}`, parsed.error)
}

function unreadable(file: string, got: string, cause: unknown): ConfigError {
  return new ConfigError(
    'DDNN_INPUT_UNREADABLE',
    `Expected '${file}' to be the result of a bench (format 1), got ${got}`,
    { hint: "Pass a bench.json that this release's 'ddnn bench' wrote", cause },
  )
}
