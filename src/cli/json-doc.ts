// docs/json.md, and a JSON Schema a command in docs/json/, from the table of forms: `npm run docs` writes them, a test
// holds them against it.
import { z } from 'zod'
import { commandNames } from './commands.ts'
import type { CommandName } from './flag.ts'
import { errorSchema } from './json/error.ts'
import { jsonForms } from './json/forms.ts'
import { outlineOf } from './json/outline.ts'

const intro = `# JSON on stdout

Made from the schemas in \`src/cli/json/\` by \`npm run docs\`; do not edit it.

With \`--json\` (or \`DDNN_JSON=1\`) every command prints JSON on stdout and nothing else: one document at its end, or
a line an image, letter or event. Log and progress stay on stderr, exit codes stay what they are. Fields may be added
in a later version, none change their meaning. Each form is a JSON Schema too: \`docs/json/COMMAND.json\`, and
\`docs/json/error.json\` for what stands there in place of a result.

\`\`\`sh
ddnn demo --json | jq .accuracy
ddnn classify --json photos | jq -r 'select(.right == false) | .file'
\`\`\`

## Where there is no result

Wrong flags, a missing model, a command that was told to stop before it had something to tell: one document, of a
command of lines the last line. The sentence is on stderr as well.

${fenced(outlineOf(schemaOf(errorSchema)))}`

/** The whole page, Markdown. */
export function renderJsonDoc(): string {
  return `${[intro, ...commandNames.map(sectionOf)].join('\n\n')}\n`
}

function sectionOf(command: CommandName): string {
  const { schema, note } = jsonForms[command]
  const first = commandNames.find((name) => jsonForms[name].schema === schema) ?? command
  const outline =
    first === command ? fenced(outlineOf(schemaOf(schema))) : `The same as of ${titleOf(first)}.`
  return [`## ${titleOf(command)}`, ...(note === undefined ? [] : [note]), outline].join('\n\n')
}

function titleOf(command: CommandName): string {
  return command === 'run' ? 'ddnn: a device or a local run' : `ddnn ${command}`
}

/** File names in docs/json/ and what they hold. */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  const files = commandNames.map((command): [string, string] => [
    `${command}.json`,
    textOf(command, jsonForms[command].schema),
  ])
  return new Map([['error.json', textOf('error', errorSchema)], ...files])
}

function textOf(name: CommandName | 'error', schema: z.ZodType): string {
  return `${JSON.stringify({ title: `ddnn ${name} --json`, ...schemaOf(schema) }, null, 2)}\n`
}

/** Of what is written: schemas may make other values of it when they read it. */
function schemaOf(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, { io: 'input' })
}

function fenced(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``
}
