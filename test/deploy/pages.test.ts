// The pages that people read: README, docs, recipes, changelog. Every link in what the package holds leads to a file in
// it, `ddnn` is the command everywhere, and the index names every page.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { repoPath, repoRoot } from '../helpers/paths.ts'

const run = promisify(execFile)

/** Files of the tarball, and the folders that they are in. */
let packed: ReadonlySet<string>
let pages: readonly string[]

before(async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: repoRoot,
    maxBuffer: 16 << 20,
  })
  const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { path: string }[] }]
  const paths = files.map(({ path }) => path)
  packed = new Set(paths.flatMap((path) => [path, ...foldersOf(path)]))
  pages = paths.filter((path) => path.endsWith('.md'))
})

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
}

const textOf = (page: string) => readFileSync(repoPath(page), 'utf8')
/** Without fenced blocks and code, where brackets are no links. */
const proseOf = (page: string) => textOf(page).replace(/^```[^]*?^```|`[^`\n]*`/gm, '')

interface Link {
  readonly page: string
  readonly link: string
  readonly target: string
  readonly anchor: string | undefined
}

/** Links to other files and to headings, also of images; not those to the web. */
function linksOf(page: string): readonly Link[] {
  const found = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)]
  return found
    .map(([, inline, defined]) => inline ?? defined ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : posix.join(posix.dirname(page), path)
      return { page, link, target: target.replace(/\/$/, ''), anchor }
    })
}

/** What a heading is called in an address, as GitHub has it. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = textOf(page)
    .replace(/^```[^]*?^```/gm, '')
    .matchAll(/^#+ (.*)$/gm)
  const slugs = [...headings].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return new Set(slugs)
}

describe('the pages of the package', () => {
  test('README, docs, recipes and the changelog are among them', () => {
    for (const page of ['README.md', 'CHANGELOG.md', 'docs/flags.md', 'recipes/README.md']) {
      assert.ok(pages.includes(page), page)
    }
  })

  test('name no file that the package leaves out', () => {
    const links = pages.flatMap(linksOf)
    assert.ok(links.length > 200, `${links.length} links`)
    const astray = links.filter(({ target }) => !packed.has(target))
    assert.deepEqual(
      astray.map(({ page, link }) => `${page}: ${link}`),
      [],
    )
  })

  test('name headings that are there', () => {
    const links = pages.flatMap(linksOf).filter(({ target }) => target.endsWith('.md'))
    const astray = links.filter(
      ({ target, anchor }) => anchor !== undefined && !anchorsOf(target).has(anchor),
    )
    assert.deepEqual(
      astray.map(({ page, link }) => `${page}: ${link}`),
      [],
    )
  })

  test('write `ddnn`, and never how it is started from a build', () => {
    const own = pages.filter((page) => !page.startsWith('bench/runs/'))
    for (const page of own) {
      assert.doesNotMatch(textOf(page), /\bnode \S*dist\/main\.js/, page)
    }
  })

  test('of docs/ stand in its index, each once', () => {
    const named = linksOf('docs/index.md').map(({ target }) => target)
    const docs = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/index.md')
    for (const page of docs) assert.ok(named.includes(page), `docs/index.md leaves out ${page}`)
  })
})

test('of the words of the house, those that a newcomer meets first are in the glossary', () => {
  const words = ['exit', 'leave', 'offload', 'fallback', 'cascade', 'tier', 'submodel', 'family']
  for (const word of [...words, 'criterion', 'threshold', 'budget', 'breaker']) {
    assert.match(textOf('docs/glossary.md'), new RegExp(`^\\| \\*\\*[^*]*\\b${word}\\b`, 'm'), word)
  }
})
