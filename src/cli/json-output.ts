// --json: stdout holds one document, or a line an event of what goes on, and nothing else. A command gives its document
// back with its result, and execute.ts writes it; what goes wrong is a document too. docs/json.md shows each form.
import { jsonLine, jsonText } from '../domain/json-text.ts'
import type { DdnnError } from '../errors.ts'
import { beforeDashes } from './before-dashes.ts'
import type { CommandResult } from './command-result.ts'
import { trueWords } from './convert.ts'
import type { Environment } from './environment.ts'
import type { FlagReader } from './flag-types.ts'
import type { CommandName } from './flag.ts'
import type { ErrorDocument } from './json/error.ts'

/** Commands that go on telling: a JSON object a line. */
const streaming: readonly CommandName[] = ['classify', 'up', 'replay']

/** --json, or the --format json that a command had before it. */
export function isJson({ anyName }: FlagReader<'json'>): boolean {
  return (
    anyName.boolean('json') === true ||
    (anyName.has('format') && anyName.string('format') === 'json')
  )
}

/** The same of a command line that is not read yet. */
export function saysJson(argv: readonly string[], env: Environment): boolean {
  const word = beforeDashes(argv).findLast((one) => /^--(no-)?json(=|$)/.test(one))
  if (word === '--json') return true
  const text = word === undefined ? env['DDNN_JSON'] : /^--json=(.*)$/s.exec(word)?.[1]
  return trueWords.includes(text?.trim().toLowerCase() ?? '')
}

/** What a command says on stdout to people; nothing with --json. */
export function createSay(values: FlagReader<'json'>): (text: string) => void {
  const isSilent = isJson(values)
  return (text) => {
    if (!isSilent) process.stdout.write(text)
  }
}

/** What a command came to that was told to stop before it had a result. */
export function stopped(message: string): CommandResult {
  return { failures: 1, json: jsonText(stoppedDocument(message)) }
}

/** A run that ended before its first image has no document of its own. */
export function withDocument(result: CommandResult, command: CommandName): CommandResult {
  const isNone = result.json === undefined && result.failures > 0
  if (!isNone) return result
  const document = stoppedDocument('stopped before the first image was asked')
  return { ...result, json: textOf(document, command) }
}

function stoppedDocument(message: string): ErrorDocument {
  return { error: { code: 'DDNN_STOPPED', message, hint: null } }
}

/** What went wrong, in the form of the command's other words. */
export function errorJson(
  { code, message, hint }: Pick<DdnnError, 'code' | 'message' | 'hint'>,
  command: CommandName,
): string {
  return textOf({ error: { code, message, hint: hint ?? null } }, command)
}

function textOf(document: ErrorDocument, command: CommandName): string {
  return streaming.includes(command) ? jsonLine(document) : jsonText(document)
}
