// Weights of a model folder by name, as float32 whatever they are stored as. All shards of a group are
// one stretch of bytes; a weight is widened when it is asked for.
import { z } from 'zod'
import { isSameShape, sizeOf, type Shape } from '../../domain/tensor.ts'
import { ModelError } from '../../errors.ts'
import type { ModelJson } from '../model-json.ts'
import { splitWeights } from '../stored-weights.ts'
import { readGroups } from '../weights.ts'
import { fromFloat16 } from '../../domain/float16.ts'

interface StoredWeight {
  readonly shape: Shape
  /** As stored: float32, float16, uint8, uint16. */
  readonly dtype: string
  /** value = stored * scale + min, of the integer dtypes. */
  readonly scale: number
  readonly min: number
  readonly bytes: Uint8Array
}

const quantization = z.object({
  scale: z.number().default(1),
  min: z.number().default(0),
})

export class WeightStore {
  readonly #folder: string
  readonly #weights: ReadonlyMap<string, StoredWeight>

  constructor(folder: string, weights: ReadonlyMap<string, StoredWeight>) {
    this.#folder = folder
    this.#weights = weights
  }

  /**
   * A layer's weight, float32.
   * @throws DDNN_MODEL_DAMAGED when it is missing, or of another shape than the layer's settings ask for.
   */
  get(layer: string, name: string, shape: Shape): Float32Array {
    const wanted = `${layer}/${name}`
    const stored = this.#weights.get(wanted) ?? this.#inside(wanted)
    if (stored === undefined) throw this.#damaged(`a weight '${wanted}'`, 'none')
    if (isSameShape(stored.shape, shape)) return this.#widen(wanted, stored)
    throw this.#damaged(
      `weight '${wanted}' as [${shape.join(', ')}]`,
      `[${stored.shape.join(', ')}]`,
    )
  }

  /** Layers of a nested model that was built late carry its name in front of their own. */
  #inside(wanted: string): StoredWeight | undefined {
    const found = [...this.#weights].filter(([name]) => name.endsWith(`/${wanted}`))
    return found.length === 1 ? found[0]?.[1] : undefined
  }

  #widen(name: string, { dtype, bytes, shape, scale, min }: StoredWeight): Float32Array {
    if (dtype === 'float32') {
      const { buffer, byteOffset, byteLength } = bytes
      return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)
    }
    const values = new Float32Array(sizeOf(shape))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const read = readers[dtype]
    if (read === undefined) throw this.#damaged(`weight '${name}' to be of floats`, dtype)
    for (let i = 0; i < values.length; i++) values[i] = read(view, i) * scale + min
    return values
  }

  #damaged(wanted: string, got: string): ModelError {
    return new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected '${this.#folder}' to have ${wanted}, got ${got}`,
      { hint: 'Copy the model folder again, or train it again with `ddnn train`' },
    )
  }
}

const readers: Readonly<Record<string, (view: DataView, index: number) => number>> = {
  float16: (view, i) => fromFloat16(view.getUint16(i * 2, true)),
  uint8: (view, i) => view.getUint8(i),
  uint16: (view, i) => view.getUint16(i * 2, true),
}

/**
 * Reads all weights of a model.
 * @throws DDNN_MODEL_DAMAGED as `readGroups`.
 */
export async function readWeights(folder: string, json: ModelJson): Promise<WeightStore> {
  const weights = new Map<string, StoredWeight>()
  for (const { specs, bytes: all } of await readGroups(folder, json)) {
    for (const { spec, dtype, bytes } of splitWeights(specs, all)) {
      const stored = quantization.safeParse(spec.quantization)
      const { scale, min } = stored.success ? stored.data : { scale: 1, min: 0 }
      const weight = { shape: spec.shape, dtype, scale, min, bytes }
      weights.set(spec.name, weight)
      // TensorFlow 2.2 has the cell's name in between: layer/cell/kernel.
      const tokens = spec.name.split('/')
      const short = tokens.length < 3 ? spec.name : tokens.toSpliced(-2, 1).join('/')
      if (!weights.has(short)) weights.set(short, weight)
    }
  }
  return new WeightStore(folder, weights)
}
