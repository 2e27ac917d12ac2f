// `parameters` of a request as ddnn takes them: of JSON, and of an address.
import { DoorError, type InferParameters } from '../../protocol.ts'

/** Names that a list or an empty value is not passed over for. */
const own = ['budget_ms', 'threshold', 'thresholds']

/**
 * Of JSON: scalars as they are, a list of `thresholds` as its text. Other lists and objects are no parameters of
 * ours and are passed over.
 * @throws DoorError 'invalid' when `parameters` is no object, or one of ours holds another kind of value.
 */
export function parametersOf(value: unknown): InferParameters {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid("Expected 'parameters' to be an object")
  }
  const found = Object.entries(value).flatMap(([name, given]: [string, unknown]) => {
    if (typeof given === 'boolean' || typeof given === 'number' || typeof given === 'string') {
      return [[name, given] as const]
    }
    const isList = Array.isArray(given) && given.every((one) => typeof one === 'number')
    if (name === 'thresholds' && isList) return [[name, given.join(',')] as const]
    if (own.includes(name)) throw invalid(`Expected parameter '${name}' to be a number or a text`)
    return []
  })
  return Object.fromEntries(found)
}

/** Of `?budget_ms=200&threshold=0.9`: texts, of which ours that are numbers become numbers. */
export function parametersOfQuery(query: URLSearchParams): InferParameters {
  const found = own.flatMap((name) => {
    const text = query.get(name)
    if (text === null) return []
    const number = text.trim() === '' ? Number.NaN : Number(text)
    const isText = name === 'thresholds' || Number.isNaN(number)
    return [[name, isText ? text : number] as const]
  })
  return Object.fromEntries(found)
}

function invalid(message: string): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_VALUE', message)
}
