// A JSON Schema as people read it: an outline in the manner of TypeScript, what a field is behind it. Pure.
import type { z } from 'zod'

type Schema = z.core.JSONSchema.BaseSchema

/** Longer lists of words are told by what they have in common. */
const mostWords = 8

/** Several lines without a line feed at the end. */
export function outlineOf(schema: Schema): string {
  return typeOf(schema, '')
}

function typeOf(schema: Schema, indent: string): string {
  const forms = schema.anyOf ?? schema.oneOf
  if (forms !== undefined) return unionOf(forms, indent)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) {
    const words = schema.enum.map((word) => JSON.stringify(word))
    return words.length > mostWords ? 'string' : words.join(' | ')
  }
  if (schema.type === 'object') return objectOf(schema, indent)
  if (schema.type === 'array') return arrayOf(typeOf((schema.items ?? {}) as Schema, indent))
  return [schema.type ?? 'any'].flat().join(' | ')
}

function unionOf(forms: readonly Schema[], indent: string): string {
  const types = forms.map((form) => typeOf(form, indent))
  const isLong = types.filter((type) => type.includes('\n')).length > 1
  return types.join(isLong ? `\n${indent}or ` : ' | ')
}

function arrayOf(item: string): string {
  return /^\w+$/.test(item) || (item.startsWith('{') && !/\n(or )/.test(item))
    ? `${item}[]`
    : `(${item})[]`
}

function objectOf(schema: Schema, indent: string): string {
  const { properties, required = [], additionalProperties: more } = schema
  if (properties === undefined || Object.keys(properties).length === 0) {
    const value = typeof more === 'object' ? typeOf(more, indent) : 'any'
    return `{ [name]: ${value} }`
  }
  const inner = `${indent}  `
  const lines = Object.entries(properties).map(([name, given]) => {
    const field = given as Schema
    const mark = required.includes(name) ? '' : '?'
    const about = field.description === undefined ? '' : `  // ${field.description}`
    const [first = '', ...rest] = `${inner}${name}${mark}: ${typeOf(field, inner)}`.split('\n')
    // What a whole object is stands where it begins.
    return [`${first}${about}`, ...rest].join('\n')
  })
  return ['{', ...lines, `${indent}}`].join('\n')
}
