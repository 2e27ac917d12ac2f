// Every `ddnn` command line that a page shows is one that ddnn takes: the command is there, and so is each flag, with a
// value that it may have. What files and brokers say is not asked.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { assertCommand, commandOf } from '../../src/cli/command-word.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { ddnnLines, wordsOf } from '../helpers/fenced-blocks.ts'
import { repoPath } from '../helpers/paths.ts'

const docs = readdirSync(repoPath('docs')).filter((name) => name.endsWith('.md'))
const pages = ['README.md', 'recipes/README.md', ...docs.map((name) => `docs/${name}`)]

/** Words that stand for others: `...`, `[FOLDER...]`. */
const isPlaceholder = (word: string) => word === '...' || /^\[.*\]$/.test(word)

function problemsOf(line: string): readonly string[] {
  const argv = wordsOf(line).slice(1)
  const isAnswered = ['--help', '--help-all', '--version'].some((word) => argv.includes(word))
  if (isAnswered || ['completion', 'help'].includes(argv[0] ?? '')) return []
  assertCommand(argv)
  const given = argv.filter((word) => !isPlaceholder(word))
  const { command, rest } = commandOf(given)
  const { problems } = parseCommandLine(command, rest, {})
  // Where words are left out, what they may have said is not missed.
  const isWhole = given.length === argv.length
  return problems.filter((problem) => isWhole || !problem.includes(' to be given: '))
}

for (const page of pages) {
  const lines = ddnnLines(page)
  if (lines.length === 0) continue
  test(`the command lines of ${page} are ones that ddnn takes`, () => {
    for (const line of lines) assert.deepEqual(problemsOf(line), [], line)
  })
}

test('a page that shows a flag or a command that is not there is found', () => {
  assert.equal(problemsOf('ddnn classify a.jpg --topp 3').length, 1)
  assert.equal(problemsOf('ddnn train PHOTOS --epochs many').length, 1)
  assert.deepEqual(wordsOf(`ddnn a 'b c' --d="e f"g | h`), ['ddnn', 'a', 'b c', '--d=e fg'])
})
