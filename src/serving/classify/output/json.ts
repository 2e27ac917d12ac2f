// --json: one JSON object a line, for programs; docs/json.md says what its fields are.
import { jsonLine } from '../../../domain/json-text.ts'
import {
  nameOfClass,
  probabilityOf,
  type Answered,
  type Failed,
  type VerdictHop,
} from '../classify.ts'
import { topOf } from './top.ts'

/** Decimals that are the same by every way an image may be asked: some carry float32. */
const digits = 5

/** With a line feed at the end; `top` bounds the classes that are listed, all where undefined. */
export function answeredLine(
  { name, truth, verdict, ms }: Answered,
  labels: readonly string[] | undefined,
  top: number | undefined,
): string {
  const { class: index, label, probabilities, criterion, confidence, tier, exit } = verdict
  const line = {
    file: name,
    label: label ?? null,
    class: index,
    confidence: rounded(probabilityOf(verdict)),
    criterion: { name: criterion ?? null, value: rounded(confidence) },
    ...(truth === undefined ? {} : { expected: truth, right: truth === label }),
    probabilities: topOf(probabilities, top).map((one) => ({
      label: nameOfClass(one.class, labels),
      class: one.class,
      probability: rounded(one.probability),
    })),
    tier,
    exit,
    fallback: verdict.fallback,
    ms: Number(ms.toFixed(2)),
    hops: verdict.hops.map(showHop),
  }
  return jsonLine(line)
}

/** Of an image that nobody answered. */
export function failedLine({ name, error: { code, message, hint } }: Failed): string {
  return jsonLine({ file: name, error: { code, message, hint: hint ?? null } })
}

function showHop(hop: VerdictHop): object {
  return {
    tier: hop.tier,
    exit: hop.exit ?? null,
    class: hop.class ?? null,
    confidence: rounded(hop.confidence),
    fallback: hop.fallback,
    computeMs: Number(hop.computeMs.toFixed(2)),
    totalMs: Number(hop.totalMs.toFixed(2)),
  }
}

function rounded(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(digits))
}
