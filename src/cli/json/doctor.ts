// What `ddnn doctor --json` prints: of one run, or of a deployment. docs/doctor.md explains the checks.
import { z } from 'zod'
import { statuses } from '../../lab/doctor/check.ts'
import { count } from './measured-with.ts'

const outcome = {
  ok: z.boolean(),
  counts: z.object({ ok: count, warning: count, failed: count, unchecked: count }),
  checks: z.array(
    z.object({
      id: z.string().describe('stable over releases: front.brokers'),
      group: z.string(),
      title: z.string(),
      status: z.enum(statuses),
      found: z.string(),
      advice: z.array(z.string()),
      facts: z.record(z.string(), z.unknown()),
      durationMs: z.number().nonnegative(),
    }),
  ),
}

const named = { name: z.string(), role: z.string() }
const head = { format: z.literal(1), ddnn: z.string().describe('version') }

export const doctorSchema = z.union([
  z.object({ ...head, ...named, ...outcome }),
  z.object({
    ...head,
    deployment: z.string().describe('its file'),
    processes: z.array(z.object({ ...named, replicas: count, ...outcome })),
    ...outcome,
  }),
])
