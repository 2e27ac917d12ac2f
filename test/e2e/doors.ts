// A process with an HTTP door and a gRPC door, and how tests ask it: by tritonclient and by curl.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startCli, type RunningCli } from '../helpers/cli.ts'

const run = promisify(execFile)

export interface Doors {
  readonly cli: RunningCli
  /** `127.0.0.1:port`. */
  readonly http: string
  readonly grpc: string
}

/** Starts a process with both doors on this machine, and resolves when it says that it is ready. */
export async function startDoors(flags: readonly string[]): Promise<Doors> {
  const ports = ['--http-port', '0', '--grpc-port', '0', '--http-host', '127.0.0.1']
  const cli = startCli([...flags, ...ports], { timeoutMs: 400_000 })
  const [, grpc = ''] = await cli.waitFor(/"grpcPort":(\d+)/, 90_000)
  const [, http = ''] = await cli.waitFor(/"port":(\d+)/)
  await cli.waitFor(/"msg":"ready"/, 90_000)
  return { cli, http: `127.0.0.1:${http}`, grpc: `127.0.0.1:${grpc}` }
}

/** What a door says of one image, or its error. */
export interface DoorAnswer {
  readonly file: string
  /** Undefined with an error. */
  readonly exit?: readonly number[]
  readonly logits?: readonly (readonly number[])[]
  readonly label?: readonly string[]
  readonly fallback?: readonly boolean[]
  readonly hops?: readonly (readonly { readonly tier: string }[])[]
  readonly message?: string
}

interface JsonOutput {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: readonly unknown[]
}

/** Posts an image file as it is, by curl. */
export async function curlImage(http: string, path: string, file: string): Promise<DoorAnswer> {
  const { stdout } = await run('curl', [
    ...['--silent', '--show-error', '--max-time', '60'],
    ...['--header', 'content-type: image/jpeg', '--data-binary', `@${path}`],
    `http://${http}/v2/models/ddnn/infer`,
  ])
  const body = JSON.parse(stdout) as { outputs?: readonly JsonOutput[]; error?: string }
  if (body.outputs === undefined) return { file, message: body.error ?? stdout }
  const of = (name: string) => {
    const output = body.outputs?.find((known) => known.name === name)
    assert.ok(output, `the output ${name}`)
    return output.data
  }
  return {
    file,
    exit: of('exit') as number[],
    logits: [of('logits') as number[]],
    label: of('label') as string[],
    fallback: of('fallback') as boolean[],
    hops: of('hops').map((hops) => JSON.parse(hops as string) as { tier: string }[]),
  }
}
