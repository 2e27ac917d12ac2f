// Batches of pixels, filled by the input workers a few ahead of whoever reads them.
import type { Augmentation } from '../../model/networks/recipe.ts'
import type { ImageSize } from '../../model/networks/network.ts'
import type { InputWorkers } from './input-workers.ts'
import type { StoredImages } from './pixel-store.ts'

/** Where batches come from, and what is done to their images. */
export interface BatchSource {
  readonly workers: InputWorkers
  readonly images: StoredImages
  /** Size of the batch's images. */
  readonly size: ImageSize
  /** False = as serving sees them. */
  readonly augmentation: Augmentation | false
}

/** Which images make a batch, and what each one's augmentation is drawn from besides its own index. */
export interface BatchPlan {
  readonly indices: readonly number[]
  readonly seeds: readonly number[]
}

export interface TrainingBatch {
  /** Float32 `[indices, height, width, 3]` in [0, 1]; the reader's until it asks for the next batch. */
  readonly pixels: Float32Array
  readonly indices: readonly number[]
}

/**
 * Batches in the order of the plans. A worker fills one while the next ones wait in its queue, so that at most
 * `workers.count + 2` are ahead; their buffers go round. What is in a batch follows from its plan alone.
 */
export async function* readBatches(
  { workers, images, size, augmentation }: BatchSource,
  plans: Iterable<BatchPlan>,
): AsyncGenerator<TrainingBatch, void, undefined> {
  const imageFloats = size.height * size.width * 3
  const free: ArrayBuffer[] = []
  const ahead: Promise<TrainingBatch>[] = []

  const fill = async ({ indices, seeds }: BatchPlan): Promise<TrainingBatch> => {
    const bytes = 4 * imageFloats * indices.length
    const used = free.pop()
    const buffer = used !== undefined && used.byteLength >= bytes ? used : new ArrayBuffer(bytes)
    const reply = await workers.fill({
      kind: 'fill',
      file: images.file,
      held: { height: images.height, width: images.width },
      size: { height: size.height, width: size.width },
      images: indices.map((index) => ({
        offset: images.offsets[index] as number,
        seeds: [...seeds, index],
      })),
      augmentation,
      buffer,
    })
    return { pixels: new Float32Array(reply.buffer, 0, imageFloats * indices.length), indices }
  }

  const iterator = plans[Symbol.iterator]()
  const start = () => {
    const plan = iterator.next()
    if (plan.done === true) return
    const batch = fill(plan.value)
    // Whoever awaits it sees the error; without this one, an earlier end would be a crash.
    batch.catch(() => undefined)
    ahead.push(batch)
  }
  for (let i = 0; i < workers.count + 2; i++) start()
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    const batch = await next
    yield batch
    free.push(batch.pixels.buffer as ArrayBuffer)
    start()
  }
}
