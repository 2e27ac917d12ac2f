// What run.json says of a run, as facts for a reader. It is another program's file, maybe of another version:
// what is missing or of another form is left out.
import { z } from 'zod'
import { describeMs } from '../describe.ts'
import { shellCommand } from '../shell-words.ts'

const text = z.string().optional().catch(undefined)
const number = z.number().optional().catch(undefined)
const counts = z.array(z.number()).optional().catch(undefined)

const recordSchema = z
  .object({
    command: z.array(z.string()).optional().catch(undefined),
    seed: number,
    startedAt: text,
    end: text,
    bestEpoch: number,
    family: text,
    epochSeconds: counts,
    classCounts: z.object({ training: counts, validation: counts }).optional().catch(undefined),
    machine: z.object({ cpu: text, cores: number }).optional().catch(undefined),
    versions: z.record(z.string(), z.string()).optional().catch(undefined),
  })
  .catch({})

export interface RecordedRun {
  readonly facts: readonly (readonly [string, string])[]
  /** From 1: the epoch whose weights were kept. */
  readonly bestEpoch: number | undefined
}

/** Of the parsed JSON of run.json, whatever it holds. */
export function readRecordedRun(json: unknown): RecordedRun {
  const record = recordSchema.parse(json)
  const { command, classCounts, machine, versions, epochSeconds } = record
  const sum = (values: readonly number[] | undefined) => values?.reduce((a, b) => a + b, 0)
  const seconds = sum(epochSeconds)
  const images = (values: readonly number[] | undefined) => sum(values)?.toLocaleString('en')
  const facts = [
    ['Command', command && shellCommand(['ddnn', ...command])],
    ['Seed', record.seed?.toString()],
    ['Training images', images(classCounts?.training)],
    ['Validation images', images(classCounts?.validation)],
    ['Epoch kept', record.bestEpoch?.toString()],
    ['Ended by', record.end],
    ['Started', record.startedAt],
    ['Time of training', seconds === undefined ? undefined : describeTime(seconds)],
    ['Machine', machine?.cpu && `${machine.cpu}, ${String(machine.cores ?? '?')} cores`],
    [
      'Versions',
      versions &&
        Object.entries(versions)
          .map((pair) => pair.join(' '))
          .join(', '),
    ],
    ['Family', record.family],
  ] as const
  return {
    facts: facts.flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value] as const],
    ),
    bestEpoch: record.bestEpoch,
  }
}

function describeTime(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return describeMs(seconds * 1000)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
