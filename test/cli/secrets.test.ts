// What is wrong with a password is told without it: every flag of a secret, given broken in every way.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { execute, type Outside } from '../../src/cli/execute.ts'
import type { Flag } from '../../src/cli/flag.ts'
import { flags, flagsOf } from '../../src/cli/flags.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { createHttp } from '../../src/http/http.ts'
import { parseDeployment } from '../../src/serving/deployment/read-deployment.ts'

const folder = mkdtempSync(join(tmpdir(), 'ddnn-secret-'))
after(() => rmSync(folder, { recursive: true }))
const secrets = (flags as readonly Flag[]).filter(({ secret }) => secret === true)
const S = 'Hunter2Secret'
const part = /hunter2|secret/i

const outside: Outside = {
  begin: () => ({ signal: new AbortController().signal, onHangup: () => () => undefined }),
  stopped: () => undefined,
  endAtOnce: () => undefined,
}

async function call(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  let told = ''
  const write = (text: string) => (told += text)
  const exit = await execute(argv, env, { stdout: { write }, stderr: { write } }, outside)
  return { exit, told: told.replaceAll(folder, '') }
}

/** Behind `sasl-password: `. */
const values = [
  ...['*S', '&S', '!S', '!!S', '@S', '`S', '%S', '|S', '>S', '"S', "'S", '"\\S"', '"a" S', '"a"S'],
  ...['[S', '{S', '{S: S}', '[S]', ', S', '] S', '} S', 'S: S', 'S: "', '*S S', '&S S: S', '!S S'],
  ...['!!int S', '!!float "S"', '!!binary S', '!<S> S', '\n  S: S', '\n  - S', '\n- S\nS', 'S\nS'],
  ...['|2S\n S', '|\nS', '"\nS', '&a [*a, S]', 'S: &S *S', '\tS: S\n\tS', '? S\n: S', '"\\xSS"'],
]
const files = [
  ...values.map((value) => `name: x\nKEY: ${value}\n`),
  ...['{KEY:S}', '{name: x, KEY:S}', '{KEY: a,S}', '{KEY=S: 1}', 'KEYS: 1', 'KEY:S\n', 'KEY=S'],
  ...['name: x\nKEY:S\n', 'name: x\nKEY=S\n', 'name: x\nKEY = S\n', 'KEYY: *S', '- KEY: S', '%S'],
]

for (const [i, { name }] of secrets.entries()) {
  // All of it for one of them: they differ in their names alone.
  const some = <T>(all: readonly T[]) => (i === 0 ? all : all.slice(0, 3))
  test(`--config tells nothing of a broken ${name}`, async () => {
    for (const text of some(files)) {
      const file = join(folder, 'c.yaml')
      writeFileSync(file, text.replaceAll('KEY', name).replaceAll('S', S))
      const { exit, told } = await call(['run', '--config', file])
      assert.equal(exit, 2, text)
      assert.doesNotMatch(told, part, text)
    }
  })

  test(`a deployment file tells nothing of a broken ${name}`, () => {
    const all = values.map((value) => `KEY: ${value.replaceAll('\n', '\n      ')}`)
    for (const text of [...some(all), '- KEY: S', 'KEY=S', '[KEY=S]', '{KEY:S}']) {
      const yaml = `tiers:\n  - name: a\n    models: m\n    flags:\n      ${text}\n    more: 1\n`
      assert.throws(
        () => parseDeployment(yaml.replaceAll('KEY', name).replaceAll('S', S), 'd.yaml'),
        (thrown: Error) => {
          assert.doesNotMatch(thrown.message, part, text)
          return true
        },
      )
    }
  })

  test(`a command line and the environment tell nothing of ${name}`, async () => {
    const lines = [
      ...['--KEY=S --x', '--KEY -S', '--KEY --S', '--KEYY=S', '--KEYY S S', '--KEYY -S', '--KEYS'],
      ...['-KEY S', '-KEY=S', '-KEY -S', '—KEY=S', '—KEY S S', '–KEYY=S', '--KEY S S', '--KEY:S'],
      ...['KEY=S', 'KEY:S', '--KEY= S', 'DDNN_KEY=S', '--no-KEY S', '--name x KEY=S', '-pS --x'],
      ...['rnu --KEY S --name x', 'rnu --KEY=S', 'trian --KEY S S', 'demo --KEY S', 'demo —KEY=S'],
    ]
    for (const line of some(lines)) {
      const words = line.split(' ').map((word) => word.replace('KEY', name).replace('S', S))
      const { exit, told } = await call(words)
      assert.equal(exit, 2, line)
      assert.doesNotMatch(told, part, line)
    }
    const env = name.replaceAll('-', '_').toUpperCase()
    for (const variable of [`DDNN_${env}`, `DDNN_${env}Y`, env]) {
      assert.doesNotMatch((await call(['run'], { [variable]: S })).told, part)
    }
  })

  test(`${name} may begin with a dash; a flag behind it stays a flag`, () => {
    const { command } = {
      command: flagsOf('run').some((one) => one.name === name) ? 'run' : 'replay',
    } as const
    const typed = parseCommandLine(command, [`--${name}`, '-x--y'], {}).values.anyName
    assert.equal(typed.string(name), '-x--y')
    const { problems } = parseCommandLine(command, [`--${name}`, '--log-level', 'info'], {})
    assert.match(problems.join('\n'), /got none before '--log-level'/)
  })
}

test('what is wrong with an address is told without its user and password', async () => {
  for (const [line, shown] of [
    ['classify --url ftp://S:S@host photo.jpg', 'ftp://host'],
    ['classify --url http://S:S/S@host photo.jpg', 'http://host'],
    ['classify --url S:S@host:8080 photo.jpg', 'host:8080'],
    ['download cifar10 --mirror ftp://S:S@host/a.tgz?S', 'ftp://host/a.tgz'],
    ['run --name x --otlp-endpoint S:S@host:4318', 'host:4318'],
    ['run --name x --consumer-front kafka://S:S@host:9092', 'kafka://host:9092'],
    ['http://S:S@host/photo.jpg', 'http://***@host/photo.jpg'],
    ['clasify http://S:S@host/photo.jpg', 'http://***@host/photo.jpg'],
    ['run --name x http://S:S@host', 'http://***@host'],
    ['run —otlp-endpoint=http://S:S@host', 'http://***@host'],
    ['run --name x --http-port http://S:S@host', 'http://***@host'],
  ] as const) {
    const { exit, told } = await call(line.replaceAll('S', S).split(' '))
    assert.notEqual(exit, 0, line)
    assert.doesNotMatch(told, part, line)
    assert.ok(told.includes(shown), `${line}: ${told}`)
  }
})

test('a proxy that cannot be read is told without its user and password', () => {
  for (const url of [`http://S:S/S@proxy:1`, 'socks5://S:S@proxy:1', 'S:S@proxy:1']) {
    assert.throws(
      () => createHttp({ timeoutMs: 1, env: { HTTPS_PROXY: url.replaceAll('S', S) } }),
      (thrown: Error) => {
        assert.doesNotMatch(thrown.message, part, url)
        assert.match(thrown.message, /HTTPS_PROXY .*proxy:1'$/)
        return true
      },
    )
  }
})
