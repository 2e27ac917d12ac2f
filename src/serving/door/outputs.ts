// The outputs of a response: the answers of all images of a request as tensors, one row an image.
import { hashLabels } from '../../domain/labels.ts'
import {
  hopsOf,
  isFallback,
  probabilitiesOfResult,
  type ExitResult,
  type Reply,
} from '../../domain/reply.ts'
import type { DoorModel } from './door.ts'
import { DoorError, type BytesTensor, type InferTensor, type NumbersTensor } from './protocol.ts'

/** In the order of a response that names none. */
const outputNames = [
  'class',
  'label',
  'confidence',
  'probabilities',
  'logits',
  'exit',
  'tier',
  'fallback',
  'hops',
] as const
export type OutputName = (typeof outputNames)[number]

/** What came of one image. */
export interface Answered {
  readonly reply: Reply
  /** The hop of it that is the answer. */
  readonly answer: Reply & { readonly result: ExitResult }
}

/** The outputs that there are: no labels where nobody knows them. */
export function outputsOf(model: DoorModel): readonly OutputName[] {
  return outputNames.filter((name) => name !== 'label' || model.labels !== undefined)
}

/**
 * The names to be given, each once; all that there are where none are asked for.
 * @throws DoorError 'invalid' for one that there is not.
 */
export function wantedOutputs(
  asked: readonly string[] | undefined,
  model: DoorModel,
): readonly OutputName[] {
  const known = outputsOf(model)
  if (asked === undefined || asked.length === 0) return known
  const unknown = asked.find((name) => !(known as readonly string[]).includes(name))
  if (unknown !== undefined) {
    throw new DoorError(
      'invalid',
      'DDNN_FRAME_VALUE',
      `Expected outputs of ${known.join(', ')}, got '${unknown.slice(0, 100)}'`,
    )
  }
  return known.filter((name) => asked.includes(name))
}

/** @throws DoorError 'unavailable' when images of one request were answered by models of other classes. */
export function writeOutputs(
  names: readonly OutputName[],
  rows: readonly Answered[],
  model: DoorModel,
): readonly InferTensor[] {
  const classes = rows[0]?.answer.result.logits.length ?? 0
  if (rows.some(({ answer }) => answer.result.logits.length !== classes)) {
    throw new DoorError(
      'unavailable',
      'DDNN_REPLY_FAILED',
      'Expected all images of a request to be answered by one model, got several: it changed meanwhile',
      { hint: 'Send it again', retriable: true },
    )
  }
  const labelOf = names.includes('label') ? createLabelOf(model, classes) : undefined
  return names
    .filter((name) => name !== 'label' || labelOf !== undefined)
    .map((name) => writeOutput(name, rows, classes, labelOf))
}

function writeOutput(
  name: OutputName,
  rows: readonly Answered[],
  classes: number,
  labelOf: LabelOf | undefined,
): InferTensor {
  switch (name) {
    case 'class':
      return integers(name, rows, (row) => row.answer.result.prediction)
    case 'label':
      return texts(name, rows, (row) => labelOf?.(row.answer) ?? '')
    case 'confidence':
      return floats(name, [rows.length], rows, (row) => [confidenceOfResult(row.answer.result)])
    case 'probabilities':
      return floats(name, [rows.length, classes], rows, (row) =>
        probabilitiesOfResult(row.answer.result),
      )
    case 'logits':
      return floats(name, [rows.length, classes], rows, (row) => row.answer.result.logits)
    case 'exit':
      return integers(name, rows, (row) => row.answer.result.exit)
    case 'tier':
      return texts(name, rows, (row) => row.answer.tier)
    case 'fallback': {
      const data = Uint8Array.from(rows, (row) => (isFallback(row.reply) ? 1 : 0))
      return { name, datatype: 'BOOL', shape: [rows.length], data }
    }
    case 'hops':
      return texts(name, rows, (row) => JSON.stringify(hopsOf(row.reply).map(showHop)))
  }
}

/** By the tier's criterion; the largest probability where an original does not say. */
function confidenceOfResult(result: ExitResult): number {
  return result.confidence ?? Math.max(...probabilitiesOfResult(result))
}

function showHop({ tier, result, computeMs, totalMs, fallback, model, problem }: Reply): object {
  return {
    tier,
    exit: result?.exit,
    confidence: result === undefined ? undefined : confidenceOfResult(result),
    // As in a reply: softmax where it is left out.
    criterion: result?.criterion,
    class: result?.prediction,
    compute_ms: computeMs,
    total_ms: totalMs,
    fallback,
    model,
    problem,
  }
}

/** Undefined where the labels are those of another model. */
type LabelOf = (answer: Answered['answer']) => string | undefined

function createLabelOf({ labels }: DoorModel, classes: number): LabelOf | undefined {
  if (labels?.length !== classes) return undefined
  const hash = hashLabels(labels)
  return ({ labelsHash, result }) =>
    labelsHash === undefined || labelsHash === hash ? labels[result.prediction] : undefined
}

function integers(
  name: string,
  rows: readonly Answered[],
  valueOf: (row: Answered) => number,
): NumbersTensor {
  const data = new Uint8Array(rows.length * 8)
  const view = new DataView(data.buffer)
  rows.forEach((row, i) => view.setBigInt64(i * 8, BigInt(valueOf(row)), true))
  return { name, datatype: 'INT64', shape: [rows.length], data }
}

function floats(
  name: string,
  shape: readonly number[],
  rows: readonly Answered[],
  valuesOf: (row: Answered) => ArrayLike<number>,
): NumbersTensor {
  const width = shape[1] ?? 1
  const data = new Uint8Array(rows.length * width * 4)
  const view = new DataView(data.buffer)
  rows.forEach((row, i) => {
    const values = valuesOf(row)
    for (let c = 0; c < width; c++) view.setFloat32((i * width + c) * 4, values[c] ?? NaN, true)
  })
  return { name, datatype: 'FP32', shape, data }
}

function texts(
  name: string,
  rows: readonly Answered[],
  textOf: (row: Answered) => string,
): BytesTensor {
  const encoder = new TextEncoder()
  const elements = rows.map((row) => encoder.encode(textOf(row)))
  return { name, datatype: 'BYTES', shape: [rows.length], elements }
}
