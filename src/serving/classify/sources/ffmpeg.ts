// ffmpeg as a process: a video file or a camera in, frames of the network's size out, over a pipe.
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { DdnnError } from '../../../errors.ts'

export type VideoInput =
  | { readonly kind: 'file'; readonly path: string }
  /** A device's number, or its name where the system knows them by name. */
  | { readonly kind: 'camera'; readonly device: string }

interface FrameForm {
  readonly height: number
  readonly width: number
  /** Frames a second; as many as there are where undefined. */
  readonly fps: number | undefined
}

interface Ffmpeg {
  /** rgb24 frames, one behind the other. */
  readonly stdout: Readable
  /** Undefined where all went well, else what it said last. */
  readonly ended: Promise<DdnnError | undefined>
  readonly kill: () => void
}

/**
 * Its command line. Pixels are picked as photos' are: nearest neighbour, the aspect not kept.
 */
export function ffmpegArguments(
  input: VideoInput,
  { height, width, fps }: FrameForm,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  const rate = fps === undefined ? [] : [`fps=${fps}`]
  const filters = [...rate, `scale=${width}:${height}:flags=neighbor`]
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    ...inputArguments(input, platform),
    ...['-map', '0:v:0', '-vf', filters.join(',')],
    ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
  ]
}

function inputArguments(input: VideoInput, platform: NodeJS.Platform): readonly string[] {
  // 'file:' keeps a name with a colon from being taken for a protocol.
  if (input.kind === 'file') return ['-i', `file:${input.path}`]
  const { device } = input
  if (platform === 'darwin') return ['-f', 'avfoundation', '-i', `${device}:none`]
  if (platform === 'win32') return ['-f', 'dshow', '-i', `video=${device}`]
  return ['-f', 'v4l2', '-i', /^\d+$/.test(device) ? `/dev/video${device}` : device]
}

const installHint =
  'Install it: apt install ffmpeg, dnf install ffmpeg, brew install ffmpeg or winget install ffmpeg; then it must be on the path'

export function startFfmpeg(args: readonly string[]): Ffmpeg {
  const child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000)
  })
  let isKilled = false
  const ended = new Promise<DdnnError | undefined>((resolve) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const got = cause.code === 'ENOENT' ? 'none' : (cause.code ?? cause.message)
      const message = `Expected ffmpeg on the path, which reads videos and cameras, got ${got}`
      resolve(new DdnnError('DDNN_ENGINE_UNAVAILABLE', message, { hint: installHint, cause }))
    })
    child.once('close', (code) => {
      if (code === 0 || isKilled) return resolve(undefined)
      const last = said.trim().split('\n').at(-1) ?? ''
      const message = `Expected ffmpeg to read it, got ${last || `its end with ${String(code)}`}`
      resolve(new DdnnError('DDNN_INPUT_UNREADABLE', message))
    })
  })
  return {
    stdout: child.stdout,
    ended,
    kill() {
      isKilled = true
      // It might wait for its pipe to be read, which nobody does any more.
      child.kill('SIGKILL')
    },
  }
}
