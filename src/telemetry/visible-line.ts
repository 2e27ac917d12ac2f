// A line of the log, as pino wrote it, with control characters of its texts spelt out: an id or a message of
// another process must neither steer a terminal nor begin a line of its own.
import { visibleText } from '../domain/visible.ts'

/** Whether there is anything to do: JSON spells C0 out by itself, as an escape. */
const suspicious = /\\[bfnrtu]|[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

/** One line of JSON with its line break in, the same out; what is no JSON is spelt out as a whole. */
export function visibleLine(line: string): string {
  if (!suspicious.test(line)) return line
  try {
    return `${JSON.stringify(JSON.parse(line), shown)}\n`
  } catch {
    return `${visibleText(line.trimEnd())}\n`
  }
}

function shown(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  return key === 'stack' ? visibleStack(value) : visibleText(value)
}

/** Lines of a stack stay lines; a line break in the message above them does not. */
function visibleStack(stack: string): string {
  const [first = '', ...rest] = stack.split('\n').map(visibleText)
  return rest.reduce(
    (text, line) => text + (/^\s+at |^caused by: /.test(line) ? '\n' : '\\x0a') + line,
    first,
  )
}
