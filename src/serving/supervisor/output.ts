// Lines of several processes on one terminal, as docker compose shows them: who wrote it, in a colour of its own,
// then the line.
import pc from 'picocolors'
import { hasColours } from '../../domain/has-colours.ts'
import type { OutputStream } from './child.ts'

/** Shows a line of one process; `who` is one of the names that were given, or 'ddnn' for our own words. */
export type ShowLine = (who: string, stream: OutputStream, line: string) => void

interface OutputTarget {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

const ownName = 'ddnn'
const order = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'cyanBright', 'yellowBright'] as const

/** All names stand in one width. Names keep their colours by their order. */
export function createOutput(
  names: readonly string[],
  targets: Readonly<Record<OutputStream, OutputTarget>> = process,
): ShowLine {
  const width = Math.max(...[ownName, ...names].map((name) => name.length))
  const prefixes = (stream: OutputStream) => {
    const colours = pc.createColors(hasColours(targets[stream]))
    const made = names.map((name, i): readonly [string, string] => {
      const colour = order[i % order.length] ?? 'cyan'
      return [name, colours[colour](`${name.padEnd(width)} |`)]
    })
    return new Map([[ownName, colours.bold(`${ownName.padEnd(width)} |`)], ...made])
  }
  const shown = { stdout: prefixes('stdout'), stderr: prefixes('stderr') }
  return (who, stream, line) => {
    targets[stream].write(`${shown[stream].get(who) ?? `${who} |`} ${line}\n`)
  }
}
