// `ddnn classify` on videos that ffmpeg itself made and reads: `npm run test:video`. In `npm test` a small program
// stands in for it (test/serving/classify/video.test.ts).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { runCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const run = promisify(execFile)
const labels = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips']
const cwd = tempFolder()
let env: Record<string, string>

before(
  async () => {
    const script = pathToFileURL(repoPath('scripts', 'find-ffmpeg.mjs')).href
    const { findFfmpeg } = (await import(script)) as { findFfmpeg: () => Promise<string> }
    const ffmpeg = await findFfmpeg()
    const bin = join(cwd, 'bin')
    mkdirSync(bin)
    if (ffmpeg !== 'ffmpeg') symlinkSync(realpathSync(ffmpeg), join(bin, 'ffmpeg'))
    env = { PATH: [bin, process.env['PATH']].join(delimiter) }
    // Ten pictures, each for 30 frames.
    for (const [i, label] of labels.entries()) {
      for (const [j, name] of ['0001.jpg', '0003.jpg'].entries()) {
        cpSync(repoPath('data', 'sample', label, name), join(cwd, `${2 * i + j}.jpg`))
      }
    }
    const input = ['-framerate', '1', '-i', '%d.jpg']
    for (const output of [['-c:v', 'mpeg4', '-q:v', '2', 'walk.mp4'], ['walk.mkv']]) {
      const form = ['-r', '30', '-vf', 'scale=320:240', '-pix_fmt', 'yuv420p']
      await run('ffmpeg', ['-v', 'error', ...input, ...form, ...output], {
        cwd,
        env: { ...process.env, ...env },
      })
    }
  },
  { timeout: 600_000 },
)

interface Line {
  readonly file: string
  readonly label?: string
  readonly error?: { readonly code: string }
}

async function classify(...args: readonly string[]) {
  const result = await runCli(['classify', ...args, '--json'], { cwd, env })
  const lines = (result.stdout.match(/^\{.*\}$/gm) ?? []).map((line) => JSON.parse(line) as Line)
  return { ...result, lines }
}

for (const film of ['walk.mp4', 'walk.mkv']) {
  test(`of 300 frames of ${film} those that show another picture are asked, and answered as the picture is`, async () => {
    const { code, stderr, lines } = await classify(film)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /frames: 300 read, 10 asked, 290 gated, 0 dropped; 0 failed/)
    assert.deepEqual(
      lines.map(({ file }) => file),
      Array.from({ length: 10 }, (_, i) => `${film}#${30 * i}`),
    )
    assert.deepEqual(
      lines.map(({ label }) => label),
      labels.flatMap((label) => [label, label]),
    )
  })
}

test('--fps looks at fewer frames, and --min-change 0 asks each of them, in order', async () => {
  const { code, stderr, lines } = await classify('walk.mp4', '--fps', '5', '--min-change', '0')
  assert.equal(code, 0, stderr)
  assert.match(stderr, /frames: 50 read, 50 asked, 0 gated, 0 dropped/)
  assert.deepEqual(
    lines.map(({ file }) => file),
    Array.from({ length: 50 }, (_, i) => `walk.mp4#${i}`),
  )
})

test('what is no film is a line with the reason, and what comes after it is answered', async () => {
  writeFileSync(join(cwd, 'junk.mp4'), 'no film at all')
  const { code, stderr, lines } = await classify('junk.mp4', '0.jpg')
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^junk\.mp4: Expected ffmpeg to read it, got .*Invalid data/m)
  assert.deepEqual(
    lines.map(({ file, label, error }) => [file, label ?? error?.code]),
    [
      ['junk.mp4', 'DDNN_INPUT_UNREADABLE'],
      ['0.jpg', labels[0]],
    ],
  )
})
