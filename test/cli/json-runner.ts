// Runs command lines one after the other in this one process, and sends its parent what each wrote to stdout: a start
// of Node for each would take longer than all of them.
import { execute } from '../../src/cli/execute.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const chunks: string[] = []
process.stdout.write = (chunk: string | Uint8Array): boolean => {
  chunks.push(chunk.toString())
  return true
}

const lines = JSON.parse(process.argv[2] ?? '[]') as readonly (readonly string[])[]
const ran: Ran[] = []
for (const argv of lines) {
  let stderr = ''
  const streams = {
    stdout: process.stdout,
    stderr: { write: (text: string) => (stderr += text) },
  }
  const code = await execute(argv, {}, streams, {
    begin: () => ({ signal: new AbortController().signal, onHangup: () => () => undefined }),
    stopped: () => undefined,
    endAtOnce: () => undefined,
  })
  ran.push({ code, stdout: chunks.splice(0).join(''), stderr })
}
process.send?.(ran, () => process.exit())
