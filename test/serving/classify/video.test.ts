// Videos through a process that writes raw frames as ffmpeg does. `npm run test:video` has ffmpeg itself.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'
import { ffmpegArguments } from '../../../src/serving/classify/sources/ffmpeg.ts'
import { videoSource, type VideoOptions } from '../../../src/serving/classify/sources/video.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { until } from '../../helpers/until.ts'

const folder = tempFolder()
const path = process.env['PATH'] ?? ''
after(() => (process.env['PATH'] = path))

/** Puts a program in ffmpeg's place: its body is run with `write(grey)` for a frame. */
function standIn(body: string): void {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(
    join(bin, 'ffmpeg'),
    `#!${process.execPath}
const args = process.argv.slice(2).join(' ')
const [, width, height] = /scale=(\\d+):(\\d+):flags=neighbor/.exec(args)
const { writeSync } = require('node:fs')
const write = (grey) => {
  const frame = Buffer.alloc(width * height * 3, grey)
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at)
}
${body}
`,
  )
  chmodSync(join(bin, 'ffmpeg'), 0o755)
  process.env['PATH'] = [bin, path].join(delimiter)
}

async function read(change: Partial<VideoOptions> = {}) {
  const counts = { read: 0, asked: 0, gated: 0, dropped: 0 }
  const options = { name: 'walk.mp4', fps: undefined, minChange: 0.02, counts, ...change }
  const input = { kind: 'file', path: 'walk.mp4' } as const
  const size = { height: 24, width: 32 }
  const asked: [string, number][] = []
  const errors: string[] = []
  const decode = () => Promise.reject(new Error('frames are pixels already'))
  const { signal } = new AbortController()
  for await (const image of videoSource({ input, ...options }).images({
    ...size,
    decode,
    signal,
  })) {
    try {
      const picture = await image.read()
      assert.deepEqual(picture?.pixels.shape, [24, 32, 3])
      asked.push([image.name, picture?.pixels.data.at(-1) ?? -1])
    } catch (thrown) {
      errors.push((thrown as Error).message)
    }
  }
  return { asked, errors, counts }
}

test('frames are numbered, those that hardly differ are left out, and all are counted', async () => {
  standIn('for (let i = 0; i < 90; i++) write(i < 30 ? 10 : i < 60 ? 12 : 200)')
  const { asked, errors, counts } = await read()
  assert.deepEqual(asked, [
    ['walk.mp4#0', 10],
    ['walk.mp4#60', 200],
  ])
  assert.deepEqual(counts, { read: 90, asked: 2, gated: 88, dropped: 0 })
  assert.deepEqual(errors, [])
})

test('of a camera no frame is lost without being counted', async () => {
  standIn('for (let i = 0; i < 200; i++) write(i)')
  const { asked, counts } = await read({
    input: { kind: 'camera', device: '0' },
    minChange: 0,
  })
  assert.equal(counts.read, 200)
  assert.equal(counts.asked + counts.dropped, 200)
  assert.equal(counts.asked, asked.length)
  assert.equal(asked.at(-1)?.[1], 199)
})

test('a run that has seen enough leaves no process behind', async () => {
  const pidFile = join(folder, 'pid')
  standIn(
    `require('node:fs').writeFileSync('${pidFile}', String(process.pid)); write(1); setInterval(() => {}, 1000)`,
  )
  const counts = { read: 0, asked: 0, gated: 0, dropped: 0 }
  const input = { kind: 'file', path: 'x' } as const
  const source = videoSource({ name: 'x', input, fps: undefined, minChange: 0, counts })
  const { signal } = new AbortController()
  const decode = () => Promise.reject(new Error('no'))
  for await (const image of source.images({ height: 9, width: 9, decode, signal })) {
    assert.equal(image.name, 'x#0')
    break
  }
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await until('its end', () => {
    try {
      return !process.kill(pid, 0)
    } catch {
      return true
    }
  })
})

test('what ffmpeg says last is why a video does not read, after the frames that did', async () => {
  standIn("write(7); console.error('first\\nmoov atom not found'); process.exitCode = 1")
  const { asked, errors } = await read()
  assert.deepEqual(asked, [['walk.mp4#0', 7]])
  assert.deepEqual(errors, ['Expected ffmpeg to read it, got moov atom not found'])
})

test('without ffmpeg the error says how to get it', async () => {
  process.env['PATH'] = join(folder, 'nothing')
  const { asked, errors } = await read()
  assert.deepEqual(asked, [])
  assert.match(errors.join(), /^Expected ffmpeg on the path/)
})

test('its command line picks pixels as photos have them picked, and knows each system by its cameras', () => {
  const form = { height: 180, width: 90, fps: 2.5 }
  const file = ffmpegArguments({ kind: 'file', path: 'a:b.mp4' }, form)
  assert.ok(file.join(' ').includes('-i file:a:b.mp4 -map 0:v:0'))
  assert.ok(file.includes('fps=2.5,scale=90:180:flags=neighbor'))
  assert.deepEqual(file.slice(-5), ['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'])
  const camera = (device: string, platform: NodeJS.Platform) =>
    ffmpegArguments({ kind: 'camera', device }, form, platform).join(' ')
  assert.ok(camera('0', 'linux').includes('-f v4l2 -i /dev/video0 '))
  assert.ok(camera('/dev/video2', 'linux').includes('-f v4l2 -i /dev/video2 '))
  assert.ok(camera('0', 'darwin').includes('-f avfoundation -i 0:none '))
  assert.ok(camera('Cam', 'win32').includes('-f dshow -i video=Cam '))
})
