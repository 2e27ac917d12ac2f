// kubectl, as tests call it: whichever KUBECTL names, on the cluster of KUBECONFIG.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** stdout without the last line end. @throws Error with stderr */
export function kubectl(...args: readonly string[]): Promise<string> {
  return kubectlGiven('', ...args)
}

/** The same with something on its standard input. */
export async function kubectlGiven(input: string, ...args: readonly string[]): Promise<string> {
  const [program = 'kubectl', ...first] = (process.env['KUBECTL'] ?? 'kubectl').split(' ')
  const running = run(program, [...first, ...args], { maxBuffer: 1e8 })
  running.child.stdin?.end(input)
  const { stdout } = await running
  return stdout.trimEnd()
}
