// What a command printed with --json, held against the form that docs/json.md shows of it: no field is missing, none is
// of another kind, and none is there that the form does not know.
import assert from 'node:assert/strict'
import type { CommandName } from '../../src/cli/flag.ts'
import { errorSchema } from '../../src/cli/json/error.ts'
import { jsonForms } from '../../src/cli/json/forms.ts'

/** Of a whole stdout; the documents in it, the error of a command that failed among them. */
export function assertForm(command: CommandName, stdout: string): readonly unknown[] {
  const { kind, schema } = jsonForms[command]
  const texts = kind === 'lines' ? stdout.split('\n').slice(0, -1) : [stdout]
  assert.ok(stdout.endsWith('\n'), `${command}: ${stdout}`)
  return texts.map((text) => {
    const document: unknown = JSON.parse(text)
    const isError = Object.keys(document as object).join() === 'error'
    const { success, data, error } = (isError ? errorSchema : schema).safeParse(document)
    assert.ok(success, `${command}: ${error?.message ?? ''}`)
    // Fields that the form does not know are gone, and what JSON has no word for comes back as null.
    const known = JSON.parse(JSON.stringify(data, (_, value: unknown) => value ?? null)) as unknown
    assert.deepEqual(document, known, command)
    return document
  })
}
