// scripts/draw-flowers.mjs as its users run it, and the shipped sample against what it would draw now.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import sharp from 'sharp'
import { labels } from '../../src/input/drawn-flowers.ts'
import { repoPath } from '../helpers/paths.ts'

const script = repoPath('scripts', 'draw-flowers.mjs')
const folder = await mkdtemp(join(tmpdir(), 'ddnn-draw-'))
after(async () => {
  await rm(folder, { recursive: true, force: true })
})

function draw(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

async function pixels(file: string): Promise<Buffer> {
  return await sharp(await readFile(file))
    .raw()
    .toBuffer()
}

test('the script writes as many images a label as asked for, and forgets an earlier run', async () => {
  const out = join(folder, 'set')
  await mkdir(join(out, 'daisy'), { recursive: true })
  await writeFile(join(out, 'daisy', '0009.jpg'), 'of an earlier run')
  await writeFile(join(out, 'daisy', 'mine.jpg'), 'not ours')
  const { code, err } = draw(out, '--count-per-label', '2', '--seed', '4', '--size', '32')
  assert.equal(code, 0, err)
  assert.deepEqual((await readdir(out)).sort(), [...labels])
  assert.deepEqual((await readdir(join(out, 'daisy'))).sort(), ['0000.jpg', '0001.jpg', 'mine.jpg'])
  const { width, height } = await sharp(join(out, 'tulips', '0001.jpg')).metadata()
  assert.deepEqual([width, height], [32, 32])
})

test('the shipped sample is what the script draws', async () => {
  const out = join(folder, 'sample')
  const { code, err } = draw(out, '--sample')
  assert.equal(code, 0, err)
  for (const label of labels) {
    const files = (await readdir(join(out, label))).sort()
    assert.deepEqual(files, (await readdir(repoPath('data', 'sample', label))).sort())
    assert.equal(files.length, 12)
    for (const file of files) {
      const drawn = await pixels(join(out, label, file))
      const shipped = await pixels(repoPath('data', 'sample', label, file))
      assert.equal(drawn.length, shipped.length, file)
      // Another version of sharp may round otherwise, so a level or two on average is allowed.
      const off = drawn.reduce((sum, v, i) => sum + Math.abs(v - (shipped[i] ?? 0)), 0)
      assert.ok(off / drawn.length < 2, `${label}/${file} is ${String(off / drawn.length)} off`)
    }
  }
})

test('data/labels.txt names the labels that are drawn', async () => {
  const text = await readFile(repoPath('data', 'labels.txt'), 'utf8')
  assert.deepEqual(text.trimEnd().split('\n'), labels)
})

test('wrong arguments end with code 2 and name the flag', () => {
  const rows: readonly [string[], RegExp][] = [
    [[], /one OUT folder/],
    [[folder, '--count-per-label', '0'], /--count-per-label/],
    [[folder, '--size', 'big'], /--size/],
    [[folder, '--min-difficulty', '0.5', '--max-difficulty', '0.4'], /--max-difficulty/],
    [[folder, '--colour', 'red'], /--colour/],
  ]
  for (const [args, message] of rows) {
    const { code, err } = draw(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(err, message)
  }
})

test('without a build the script says what to run', async () => {
  const bare = join(folder, 'bare', 'scripts')
  await mkdir(bare, { recursive: true })
  await cp(script, join(bare, 'draw-flowers.mjs'))
  const args = [join(bare, 'draw-flowers.mjs'), join(folder, 'nothing')]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(stderr, /npm run build/)
})
