// A video file or a camera: its frames, less those that hardly differ from the last one that was asked.
import type { ImageSource } from '../classify.ts'
import { createGate } from '../gate.ts'
import { ffmpegArguments, startFfmpeg, type VideoInput } from './ffmpeg.ts'
import { newestOf, readFrames } from './frames.ts'
import { failingImage } from './missing.ts'

/** What became of the frames of all videos of a run. */
export interface FrameCounts {
  read: number
  asked: number
  /** Left out since they hardly differ: the last answer stands. */
  gated: number
  /** Of a camera alone: a newer frame was there before this one's turn. */
  dropped: number
}

export interface VideoOptions {
  /** As it is shown; frames are NAME#NUMBER, from 0. */
  readonly name: string
  readonly input: VideoInput
  readonly fps: number | undefined
  readonly minChange: number
  /** Counted up. */
  readonly counts: FrameCounts
}

export function videoSource({ name, input, fps, minChange, counts }: VideoOptions): ImageSource {
  return {
    async *images({ height, width, signal }) {
      const shape = [height, width, 3]
      const ffmpeg = startFfmpeg(ffmpegArguments(input, { height, width, fps }))
      signal.addEventListener('abort', ffmpeg.kill, { once: true })
      const gate = createGate(minChange, height, width)
      let number = -1
      async function* numbered() {
        try {
          for await (const data of readFrames(ffmpeg.stdout, height * width * 3)) {
            counts.read++
            number++
            yield { data, number }
          }
        } catch (thrown) {
          // A process that does not start, or is killed, leaves a pipe that breaks: `ended` says why.
          if (!ffmpeg.stdout.destroyed) throw thrown
        }
      }
      const frames =
        input.kind === 'camera' ? newestOf(numbered(), () => counts.dropped++) : numbered()
      try {
        for await (const frame of frames) {
          if (!gate.passes(frame.data)) {
            counts.gated++
            continue
          }
          counts.asked++
          const pixels = { dtype: 'uint8', shape, data: frame.data } as const
          yield {
            name: `${name}#${frame.number}`,
            read: () => Promise.resolve({ pixels }),
            failed: () => gate.open(),
          }
        }
        const error = await ffmpeg.ended
        if (error !== undefined && !signal.aborted) yield failingImage(name, error)
      } finally {
        signal.removeEventListener('abort', ffmpeg.kill)
        ffmpeg.kill()
      }
    },
  }
}
