// The shell scripts without a cluster: what a linter says, and what a user is told who calls them wrongly.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath, repoRoot } from '../helpers/paths.ts'
import { runScript } from '../helpers/scripts.ts'

const run = promisify(execFile)

describe('shell scripts', async () => {
  const scripts = await shellScripts()

  test('those that a user calls are found', () => {
    for (const script of ['run.sh', 'delete.sh', '.ci/run', 'k8s/base/kafka/setup.sh']) {
      assert.ok(scripts.includes(script), script)
    }
  })

  test('shellcheck has nothing to say', { timeout: 120_000 }, async () => {
    const { shellcheck } = await deployTools()
    // Sourced files are checked with those that source them, or every variable of theirs were unknown.
    const options = ['--external-sources', '--check-sourced', '--source-path=.', '--severity=style']
    const called = scripts.filter((file) => !isSourced(file))
    const sourced = called.flatMap((file) => read(file).match(/(?<=shellcheck source=).+/g) ?? [])
    assert.deepEqual(scripts.filter(isSourced), unique(sourced))
    const found = await run(shellcheck, [...options, ...called], { cwd: repoRoot }).catch(
      (error: { stdout: string; stderr: string }) => error,
    )
    assert.equal(found.stdout + found.stderr, '')
  })

  for (const script of scripts.filter((file) => interpreterOf(file) === 'sh')) {
    test(`sh parses ${script}`, async () => {
      await run('sh', ['-n', repoPath(script)])
    })
  }
})

describe('run.sh and delete.sh called wrongly', () => {
  const wrong: readonly {
    readonly call: readonly [string, ...string[]]
    readonly env?: Readonly<Record<string, string>>
    readonly says: RegExp
  }[] = [
    { call: ['run.sh', '--force'], says: /Expected an option of run\.sh, got '--force'/ },
    { call: ['run.sh', 'single', 'edge'], says: /Expected one overlay, got 'single' and 'edge'/ },
    { call: ['run.sh', 'fog'], says: /Expected an overlay \(cloud, edge, single\).*got 'fog'/ },
    { call: ['run.sh', './nowhere'], says: /folder with a kustomization\.yaml, got '\.\/nowhere'/ },
    {
      call: ['run.sh', '--autoscaler', 'both'],
      says: /Expected --autoscaler none, hpa or keda, got 'both'/,
    },
    { call: ['run.sh', '--autoscaler'], says: /Expected a value after --autoscaler, got none/ },
    { call: ['run.sh', '--timeout=soon'], says: /Expected --timeout in whole seconds/ },
    {
      call: ['run.sh'],
      env: { DDNN_K8S_MONITORING: 'maybe' },
      says: /Expected DDNN_K8S_MONITORING to be yes or no, got 'maybe'/,
    },
    { call: ['run.sh'], env: { DDNN_K8S_OVERLAY: 'fog' }, says: /Expected an overlay .*got 'fog'/ },
    { call: ['delete.sh', '--all'], says: /Expected an option of delete\.sh, got '--all'/ },
    { call: ['delete.sh', 'fog'], says: /Expected an overlay .*got 'fog'/ },
    { call: ['delete.sh', '--context'], says: /Expected a value after --context, got none/ },
    { call: ['delete.sh', '--timeout', '0'], says: /Expected --timeout in whole seconds/ },
  ]
  for (const { call, env = {}, says } of wrong) {
    const title = [...Object.entries(env).map((pair) => pair.join('=')), ...call].join(' ')
    test(`${title} ends with 2 and a sentence`, async () => {
      const [script, ...args] = call
      const { code, stdout, stderr } = await runScript(script, args, { env })
      assert.equal(code, 2)
      assert.equal(stdout, '')
      assert.match(stderr, says)
      assert.match(stderr, new RegExp(`sh ${script} --help`))
    })
  }
})

for (const script of ['run.sh', 'delete.sh']) {
  test(`${script} --help names every option and variable, and no others`, async () => {
    const { code, stdout, stderr } = await runScript(script, ['--help'])
    assert.equal(code, 0)
    assert.equal(stderr, '')
    const source = read(script)
    const shared = read('k8s/scripts/options.sh')
    // A line of the loop may name several.
    const taken = [...source.matchAll(/^ {6}((?:--?[a-z-]+(?: \| )?)+)\) /gm)]
      .flatMap(([, names = '']) => names.split(' | '))
      .filter((name) => name.startsWith('--'))
    assert.ok(taken.length > 5)
    assert.deepEqual(unique(stdout.match(/(?<=^ {2})--[a-z-]+/gm)), unique(taken))
    assert.deepEqual(
      unique(stdout.match(/DDNN_K8S_[A-Z_]+/g)),
      unique(
        [source, shared].flatMap(
          (text) => text.split('usage()')[0]?.match(/DDNN_K8S_[A-Z_]+/g) ?? [],
        ),
      ),
    )
  })

  test(`${script} without kubectl says where to get it`, async () => {
    const { code, stderr } = await runScript(script, [], { env: { PATH: pathOfBasics() } })
    assert.equal(code, 1)
    assert.match(stderr, /Expected kubectl in PATH, got none/)
    assert.match(stderr, /https:\/\/kubernetes\.io\/docs\/tasks\/tools/)
  })

  test(`${script} with an old kubectl names the least version`, async () => {
    const { code, stderr } = await runWithKubectl(script, 'v1.19.16')
    assert.equal(code, 1)
    assert.match(stderr, /Expected kubectl 1\.27 or newer, got 1\.19\.16/)
  })

  test(`${script} takes a kubectl that was built from source and knows no version`, async () => {
    const { stderr } = await runWithKubectl(script, 'v0.0.0-master+$Format:%H$')
    assert.doesNotMatch(stderr, /or newer/)
  })
}

/** With a kubectl that tells this version, whatever it is asked. */
function runWithKubectl(script: string, gitVersion: string) {
  const folder = pathOfBasics(['tr', 'sed', 'head'])
  const answer = JSON.stringify({ clientVersion: { gitVersion } }, null, 2)
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`, {
    mode: 0o755,
  })
  return runScript(script, [], { env: { PATH: folder } })
}

/** Files that git knows, or would, which are shell scripts by name or first line. */
async function shellScripts(): Promise<readonly string[]> {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard']
  const { stdout } = await run('git', list, { cwd: repoRoot, maxBuffer: 1e8 })
  const files = unique(stdout.split('\n')).filter((file) => /(^|\/)[^/.]+$|\.sh$/.test(file))
  return files.filter((file) => interpreterOf(file) !== undefined)
}

/** Only ever read by another script: it says so to shellcheck in place of a first line. */
function isSourced(file: string): boolean {
  return read(file).startsWith('# shellcheck shell=')
}

function read(file: string): string {
  return readFileSync(repoPath(file), 'utf8')
}

/** By name or first line: 'sh', 'bash', or undefined where it is no shell script. */
function interpreterOf(file: string): string | undefined {
  const [first = ''] = read(file).split('\n', 1)
  const named = /^#!.*[/ ](sh|bash|dash)\b/.exec(first)?.[1]
  return named ?? (file.endsWith('.sh') ? 'sh' : undefined)
}

/** A folder that holds of the machine's programs only those that the scripts start with. */
function pathOfBasics(more: readonly string[] = []): string {
  const folder = tempFolder()
  for (const name of ['sh', 'dirname', 'mktemp', 'rm', 'date', 'cat', 'mkdir', 'grep', ...more]) {
    symlinkSync(programPath(name), join(folder, name))
  }
  return folder
}

function programPath(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.map((folder) => join(folder, name)).find(isFile)
  if (found === undefined) throw new Error(`Expected ${name} in PATH`)
  return found
}

function isFile(file: string): boolean {
  try {
    readFileSync(file, { flag: 'r' })
    return true
  } catch {
    return false
  }
}

async function deployTools(): Promise<{ readonly shellcheck: string }> {
  const script = pathToFileURL(repoPath('scripts', 'deploy-tools.mjs')).href
  const tools = (await import(script)) as {
    ensureDeployTools(): Promise<{ readonly shellcheck: string }>
  }
  return tools.ensureDeployTools()
}

function unique(values: Iterable<string | undefined> | null | undefined): readonly string[] {
  return [
    ...new Set([...(values ?? [])].filter((value) => value !== undefined && value !== '')),
  ].sort() as string[]
}
