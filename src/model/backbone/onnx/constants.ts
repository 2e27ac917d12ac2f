// What an ONNX graph knows without its input: shapes and whole numbers of its weights, through operations that only
// hand them on.
import type { ProtoMessage } from '../../proto-message.ts'
import type { OnnxModel } from './read-onnx.ts'

export class Constants {
  readonly #shapes = new Map<string, readonly number[]>()
  /** TensorProto. */
  readonly #tensors = new Map<string, ProtoMessage>()

  constructor({ weights, nodes }: Pick<OnnxModel, 'weights' | 'nodes'>) {
    for (const [name, { shape, tensor }] of weights) this.#add(name, shape, tensor)
    for (const { op, inputs, outputs, attributes } of nodes) {
      const [output = ''] = outputs
      const [input = ''] = inputs
      const value = attributes.get('value')?.message(5)
      if (op === 'Constant' && value !== undefined) this.#add(output, value.ints(1), value)
      const shape = this.#shapes.get(input)
      if (shape === undefined) continue
      if (/^(Identity|Cast|DequantizeLinear|QuantizeLinear)$/.test(op)) {
        this.#add(output, shape, this.#tensors.get(input))
      } else if (op === 'Transpose') {
        const perm = attributes.get('perm')?.ints(8) ?? [...shape.keys()].reverse()
        this.#shapes.set(
          output,
          perm.map((axis) => shape[axis] ?? 0),
        )
      }
    }
  }

  #add(name: string, shape: readonly number[], tensor: ProtoMessage | undefined): void {
    this.#shapes.set(name, shape)
    if (tensor !== undefined) this.#tensors.set(name, tensor)
  }

  shapeOf(name: string): readonly number[] | undefined {
    return this.#shapes.get(name)
  }

  /** int64 that lie in the file itself: axes, perms. */
  intsOf(name: string): readonly number[] | undefined {
    const tensor = this.#tensors.get(name)
    if (tensor?.int(2) !== 7) return undefined
    const raw = tensor.last(9)?.bytes
    if (raw === undefined) return tensor.ints(7)
    return Array.from({ length: raw.length / 8 }, (_, i) => Number(raw.readBigInt64LE(8 * i)))
  }
}
