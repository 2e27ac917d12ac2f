// The flags of who may ask over HTTP and gRPC, and what they mean together.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../src/cli/config.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { resolveRun } from '../../src/cli/roles.ts'

const tier = ['--name', 'local', '--models', 'm', '--http-port', '0']

function resolve(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly problems: readonly string[]; readonly config: Config | undefined } {
  const line = parseCommandLine('run', args, env)
  const problems = [...line.problems]
  const config = resolveRun(line.values, problems)
  return { problems, config }
}

test('a process with a port has a door with the defaults of the flags', () => {
  const { config, problems } = resolve(tier)
  assert.deepEqual(problems, [])
  assert.deepEqual(config?.door, {
    ...{ grpc: undefined, modelName: 'ddnn', tokenFile: undefined, tls: undefined, isOpen: false },
    ...{ maxBodyBytes: 33554432, maxInFlight: 256 },
  })
})

test('flags of a door that is not opened are said to have no effect, where they were typed', () => {
  const local = ['--name', 'local', '--models', 'm', '-i', 'images', '-l', 'labels.txt']
  const typed = resolve([...local, '--http-open', '--http-max-in-flight', '3'])
  assert.equal(typed.config?.door, undefined)
  assert.deepEqual(typed.config?.warnings, [
    '--http-open has no effect without --http-port or --grpc-port',
    '--http-max-in-flight has no effect without --http-port or --grpc-port',
  ])
  const shared = resolve(local, { DDNN_HTTP_OPEN: 'true' })
  assert.deepEqual(shared.config?.warnings, [])
  assert.deepEqual(resolve([...local, '--grpc-port', '0', '--http-open']).config?.warnings, [])
})

test('a token file and an open door, half a certificate, and a name that needs quoting are refused', () => {
  for (const [flags, words] of [
    [['--http-token-file', 't', '--http-open'], /--http-token-file or --http-open, got both/],
    [['--http-tls-cert', 'c'], /--http-tls-key with --http-tls-cert/],
    [['--http-tls-key', 'k'], /--http-tls-cert with --http-tls-key/],
    [['--model-name', 'a/b'], /--model-name .* got 'a\/b'/],
  ] as const) {
    const { problems } = resolve([...tier, ...flags])
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', words)
  }
})
