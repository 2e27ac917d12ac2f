// Outputs of every kind that cannot be written: told at once, in one sentence that names the part, with nothing made.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { madeBy } from '../../src/domain/made-by.ts'
import { ConfigError } from '../../src/errors.ts'
import { checkOutput, type Output } from '../../src/files/check-output.ts'
import { makeFolder } from '../../src/files/make-folder.ts'
import { ownReport, type Replaces } from '../../src/files/replaces.ts'
import { UnwritableError } from '../../src/files/unwritable.ts'

const root = mkdtempSync(join(tmpdir(), 'ddnn-outputs-'))
const at = (...path: readonly string[]) => join(root, ...path)
writeFileSync(at('file'), 'kept')
mkdirSync(at('folder'))
mkdirSync(at('closed'))
symlinkSync(at('nowhere', 'x'), at('dangling'))
symlinkSync(at('round'), at('round'))
// Root writes where modes forbid it, so there it is a file system that is read-only.
const isMounted =
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'ddnn-test', at('closed')]).status === 0
if (!isMounted) chmodSync(at('closed'), 0o555)
const before = readdirSync(root)
after(() => {
  if (isMounted) spawnSync('umount', [at('closed')])
  rmSync(root, { recursive: true })
})

const outputOf = (path: string, kind: Output['kind']): Output =>
  kind === 'folder'
    ? { path, kind, flag: '--output' }
    : { path, kind, flag: '--output', replaces: 'anything' }

const long = 'n'.repeat(300)

const refused: readonly (readonly [path: string, kinds: readonly Output['kind'][], got: RegExp])[] =
  [
    [
      '/proc/x',
      ['folder', 'file', 'stream'],
      /'\/proc', where the kernel shows its state \(proc\)/,
    ],
    ['/proc/x/y/z', ['folder', 'file', 'stream'], /'\/proc', where the kernel/],
    ['/proc/self/fd/x', ['folder', 'file', 'stream'], /where the kernel/],
    ['/sys/kernel/x/y', ['folder', 'file', 'stream'], /where the kernel shows its state \(sysfs\)/],
    ['/dev/full', ['stream'], /'\/dev\/full', where no space is left/],
    ['/dev/null', ['file'], /'\/dev\/null', which is no file/],
    ['/dev/null', ['folder'], /'\/dev\/null', which is no folder/],
    [at('file'), ['folder'], /file', which is no folder/],
    [at('file', 'x', 'y'), ['folder', 'file', 'stream'], /below a file/],
    [at('folder'), ['file', 'stream'], /folder', which is a folder/],
    [at('closed'), ['folder'], /closed', which/],
    [at('closed', 'x', 'y'), ['folder', 'file', 'stream'], /closed', which/],
    [at('dangling'), ['folder', 'file', 'stream'], /dangling', a symbolic link to '.*nowhere/],
    [at('dangling', 'x'), ['folder', 'file', 'stream'], /dangling', a symbolic link to/],
    [at('round'), ['folder', 'file', 'stream'], /round', whose symbolic links go round/],
    [at(long), ['folder', 'file', 'stream'], /a name of 300 bytes/],
    [at('new', long, 'x'), ['folder', 'file', 'stream'], /a name of 300 bytes/],
    ['', ['folder', 'file', 'stream'], /which is no name/],
  ]
for (const [path, kinds, got] of refused) {
  for (const kind of kinds) {
    const shown = path.replace(root, 'ROOT').slice(0, 30)
    test(`'${shown}' is refused as a ${kind}, in one sentence`, async () => {
      await assert.rejects(checkOutput(outputOf(path, kind)), (thrown: unknown) => {
        assert.ok(thrown instanceof ConfigError)
        assert.equal(thrown.code, 'DDNN_OUTPUT_FAILED')
        assert.match(thrown.message, got)
        assert.ok(!thrown.message.includes('\n'))
        assert.match(thrown.hint ?? '', /--output/)
        return true
      })
    })
  }
}

test('what can be written is let through, and nothing is made or changed by asking', async () => {
  symlinkSync(at('folder', 'target.csv'), at('link.csv'))
  for (const [path, kind] of [
    [at('new', 'deep', 'down'), 'folder'],
    [at('new', 'x.csv'), 'stream'],
    [at('new', 'x.html'), 'file'],
    [at('file'), 'stream'],
    [at('file'), 'file'],
    [at('folder'), 'folder'],
    [at('link.csv'), 'stream'],
    ['/dev/null', 'stream'],
  ] as const) {
    await checkOutput(outputOf(path, kind))
  }
  assert.deepEqual(readdirSync(root), [...before, 'link.csv'].sort())
  assert.deepEqual(readdirSync(at('folder')), [])
})

test('a folder is made with all above it, the uppermost new one is told, and again it is no error', async () => {
  assert.equal(await makeFolder(at('made', 'deep', 'down')), at('made'))
  assert.equal(await makeFolder(at('made', 'deep', 'down')), undefined)
  assert.ok(existsSync(at('made', 'deep', 'down')))
  const both = [makeFolder(at('twice', 'a')), makeFolder(at('twice', 'a'))]
  await Promise.all(both)
  assert.ok(existsSync(at('twice', 'a')))
})

test('no folder is made below /proc, a file or a link to nothing, and each says why', async () => {
  for (const [path, got] of [
    ['/proc/x/y', /'\/proc', where the kernel/],
    [at('file', 'x'), /which is below a file/],
    [at('dangling', 'x'), /dangling/],
  ] as const) {
    await assert.rejects(makeFolder(path), (thrown: unknown) => {
      assert.ok(thrown instanceof UnwritableError)
      assert.match(thrown.message, got)
      return true
    })
  }
})

const texts: readonly (readonly [what: string, text: string, own: boolean])[] = [
  ['a page of ours', `<!doctype html><meta name="generator" content="${madeBy}">`, true],
  ['a drawing, marked at its end', `<svg>${' '.repeat(20_000)}</svg>\n<!-- ${madeBy} -->\n`, true],
  ['figures as JSON', '{\n  "format": 1,\n  "ddnn": "1.0.0"\n}\n', true],
  ['an empty file', '', true],
  ['a page of somebody', '<!doctype html><title>ddnn</title>', false],
  ['JSON of somebody', '{ "name": "x", "dependencies": { "ddnn": "1.0.0" } }', false],
  ['a text with the word in its middle', `${'x'.repeat(9000)}${madeBy}${'x'.repeat(9000)}`, false],
  ['bytes', '\u0000\u0001\u00ff', false],
]
for (const [what, text, isOwn] of texts) {
  test(`${what} is ${isOwn ? '' : 'not '}written over`, async () => {
    const path = at('taken')
    writeFileSync(path, text)
    const ask = (replaces: Replaces) =>
      checkOutput({ path, kind: 'stream', flag: '--output', replaces })
    if (isOwn) await ask(ownReport)
    else await assert.rejects(ask(ownReport), { code: 'DDNN_CONFIG_INVALID', hint: /--force/ })
    await ask('anything')
    if (text !== '') await assert.rejects(ask('nothing'), { code: 'DDNN_CONFIG_INVALID' })
    assert.equal(readFileSync(path, 'utf8'), text)
  })
}

test('files of a folder that are in the way are named together', async () => {
  writeFileSync(at('folder', 'a.json'), 'mine')
  writeFileSync(at('folder', 'b.html'), 'mine')
  const files = { names: ['a.json', 'b.html', 'c.csv'], replaces: ownReport }
  await assert.rejects(checkOutput({ path: at('folder'), kind: 'folder', flag: '-o', files }), {
    message: /^Expected no a\.json, b\.html in '.*' yet, or what ddnn made there, got a file that/,
    hint: 'Pass --force to write over what is there, or name another place with -o',
  })
})

test('a pipe is not waited for', async () => {
  spawnSync('mkfifo', [at('pipe')])
  const output = { path: at('pipe'), kind: 'stream', flag: '-o', replaces: ownReport } as const
  await checkOutput(output)
})

test('what a file says is read in its letters, whatever these are', async () => {
  const file = join(mkdtempSync(join(root, 'letters-')), 'report.json')
  const replaces = (text: string) => (text.includes('blüten') ? undefined : 'another one')
  // From the one part that is looked at to the other.
  for (const before of [0, 4092, 4093, 4094]) {
    writeFileSync(file, `${'n'.repeat(before)}blüten${'n'.repeat(90)}`)
    await checkOutput({ path: file, kind: 'file', flag: '--output', replaces })
  }
})
