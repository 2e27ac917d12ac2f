// What memory of exits weighs in frames: of frames that were measured with the memory of one calibration, what they are
// with that of another. Pure.
import { canTravel, type ExitMemory, type Remembered } from '../../domain/exit-memory.ts'
import { rememberedBytes } from '../../serving/wire/remembered.ts'
import { isHeardLater } from './exit-facts.ts'
import type { Scores } from './scores.ts'

/**
 * The same scores, whose frames hold what exits have to send along for these fits, in place of what they held.
 * @param fits in the order of the exits
 */
export function withMemoryOf(
  scores: Scores,
  fits: readonly { readonly memory?: ExitMemory | undefined }[],
): Scores {
  return {
    ...scores,
    stages: scores.stages.map((facts, stage) => {
      const { offload } = facts
      if (offload === null) return facts
      const memoryBytes = rememberedBytes(sentAfter(stage, scores, fits))
      const more = memoryBytes - (offload.memoryBytes ?? 0)
      const frames = offload.frames.map((frame) => ({ ...frame, bytes: frame.bytes + more }))
      return { ...facts, offload: { ...offload, frames, memoryBytes } }
    }),
  }
}

/** As much as exits up to this stage send along, all of it 0. */
function sentAfter(
  stage: number,
  { exits, labels }: Scores,
  fits: readonly { readonly memory?: ExitMemory | undefined }[],
): Remembered {
  const sent: (Float32Array | undefined)[] = []
  for (const facts of exits) {
    if (facts.stage > stage || !isHeardLater(exits, facts, fits)) continue
    sent[facts.index] = new Float32Array(labels.length)
  }
  return canTravel(sent) ? sent : []
}
