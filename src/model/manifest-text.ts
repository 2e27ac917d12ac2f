// The text of a ddnn.json that people wrote or changed, and what is wrong with it in words.
import type { z } from 'zod'
import { nearestName } from '../domain/nearest-name.ts'
import { ModelError } from '../errors.ts'

/**
 * What a manifest's text holds; a mark of UTF-8 in front, as Windows' programs write it, does not count.
 * @throws DDNN_MODEL_DAMAGED for text that is no JSON, or was not written as UTF-8.
 */
export function manifestJson(text: string, file: string): unknown {
  // What Node reads as UTF-8 has these for what is none.
  if (/[\uFFFD\0]/.test(text)) {
    throw damagedManifest(
      `Expected UTF-8 text in '${file}', got another encoding`,
      'Save it as UTF-8: the encoding that editors offer under "Save as"',
    )
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : ''
    const got = text.trim() === '' ? 'nothing' : `text that does not parse: ${fault}`
    throw damagedManifest(
      `Expected JSON in '${file}', got ${got}`,
      'Names and texts stand in double quotes; no comma goes behind the last field, and there are no comments',
      cause,
    )
  }
}

/** 'preprocessing.scale: expected number, got string'; what may be meant by a name that is none of `fields`. */
export function describeIssue(issue: z.core.$ZodIssue, fields: readonly string[]): string {
  const field = issue.path.join('.') || 'manifest'
  if (issue.code === 'unrecognized_keys') {
    return `${field}: no field is called ${issue.keys.map((key) => askedBack(key, fields)).join(', ')}`
  }
  const said = issue.message.replace(/^Invalid (?:input|option): /, '')
  return `${field}: ${said.replace('received undefined', 'got none').replace('received', 'got')}`
}

function askedBack(name: string, fields: readonly string[]): string {
  const near = nearestName(name, fields)
  return near === undefined ? `'${name}'` : `'${name}' (did you mean '${near}'?)`
}

export function damagedManifest(message: string, hint: string, cause?: unknown): ModelError {
  return new ModelError('DDNN_MODEL_DAMAGED', message, { hint, cause })
}
