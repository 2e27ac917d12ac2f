// The bare engine: the same sessions one after the other in the process that asks, on what waits. No Kafka,
// no processes, no bytes.
import type { Client, ClientInputs } from '../driver/client.ts'
import { createDecide } from './decide.ts'
import { openPixels, scalePixels } from './pixels.ts'
import { openSession, type Pass } from './session.ts'
import { sizeOf, type BareAnswer, type BareRun, type BareStage } from './stage.ts'
import { takeWaiting } from './take-waiting.ts'

interface EngineClientSettings extends BareRun {
  readonly stages: readonly BareStage[]
}

interface Waiting {
  readonly pixels: Uint8Array
  readonly answer: (found: BareAnswer) => void
  readonly fail: (cause: unknown) => void
}

export async function openClient(
  settings: EngineClientSettings,
  inputs: ClientInputs,
): Promise<Client> {
  const pixelsOf = await openPixels(inputs)
  const run = await openCascade(settings)
  const total = { decodeMs: 0, computeMs: 0 }
  const work = takeWaiting<Waiting>(
    () => settings.maxBatchSize,
    async (images) => {
      const startedAt = performance.now()
      await run(images).catch((cause: unknown) => {
        for (const { fail } of images) fail(cause)
      })
      total.computeMs += images.length * (performance.now() - startedAt)
    },
  )

  return {
    maxInFlight: Infinity,
    ask: async (index) => {
      const startedAt = performance.now()
      const given = pixelsOf(index)
      const pixels = given instanceof Promise ? await given : given
      total.decodeMs += performance.now() - startedAt
      return new Promise((answer, fail) => {
        work({ pixels, answer, fail })
      })
    },
    read: () => ({
      bytes: 0,
      parts: [
        { where: 'device', part: 'decode', ms: total.decodeMs },
        { where: 'device', part: 'compute', ms: total.computeMs },
      ],
    }),
    close: () => Promise.resolve(),
  }
}

/** Runs a batch through the stages; those that leave are answered, the others' features put together. */
async function openCascade(
  settings: EngineClientSettings,
): Promise<(images: readonly Waiting[]) => Promise<void>> {
  const { stages, leaveAt, maxBatchSize } = settings
  const first = stages[0] as BareStage
  const sessions = await Promise.all(stages.map((stage) => openSession(stage, settings)))
  const decisions = stages.map((stage) => createDecide(stage, leaveAt))
  const size = sizeOf(first.input)
  const input = new Float32Array(maxBatchSize * size)

  const run = async (images: readonly Waiting[]) => {
    for (const [i, { pixels }] of images.entries()) {
      scalePixels(pixels, input.subarray(i * size, (i + 1) * size))
    }
    let open = images
    let data: Float32Array = input.subarray(0, images.length * size)
    for (const [stage, session] of sessions.entries()) {
      const given = await session(data, open.length)
      const stays = answerLeavers(given, open, decisions[stage] as (typeof decisions)[number])
      if (stays.length === 0) return
      data = rowsOf(given.features as Float32Array, stays, open.length)
      open = stays.map((row) => open[row] as Waiting)
    }
  }
  for (const count of [maxBatchSize, 1]) {
    const blank = { pixels: new Uint8Array(size), answer: () => undefined, fail: () => undefined }
    await run(Array.from({ length: count }, () => blank))
  }
  return run
}

/** Rows that go on. */
function answerLeavers(
  given: Pass,
  open: readonly Waiting[],
  decide: ReturnType<typeof createDecide>,
): readonly number[] {
  const stays: number[] = []
  for (const [row, { answer }] of open.entries()) {
    const found = decide(given, row, open.length)
    if (found === undefined) stays.push(row)
    else answer(found)
  }
  return stays
}

/** As they are where all stay. */
function rowsOf(features: Float32Array, rows: readonly number[], count: number): Float32Array {
  if (rows.length === count) return features
  const width = features.length / count
  const kept = new Float32Array(rows.length * width)
  for (const [to, row] of rows.entries()) {
    kept.set(features.subarray(row * width, (row + 1) * width), to * width)
  }
  return kept
}
