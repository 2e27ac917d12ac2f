// The graph while it is built and mended: ONNX nodes, constants, and one operation of our own, Affine,
// which is folded into a neighbour or becomes Mul and Add (fold-affine.ts).
import { sizeOf, type Shape } from '../../domain/tensor.ts'
import { freeName } from '../free-name.ts'
import { isOrderSame, type Value } from './value.ts'

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly text: string }

export type Attributes = Readonly<Record<string, Attribute>>

export interface GraphNode {
  readonly name: string
  readonly op: string
  /** Names of tensors; '' for an optional one that is left out. */
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes: Attributes
}

export type Constant =
  | { readonly shape: Shape; readonly floats: Float32Array }
  | { readonly shape: Shape; readonly ints: readonly number[] }

/** A whole number among a node's attributes. */
export function intOf({ attributes }: GraphNode, name: string, fallback: number): number {
  const attribute = attributes[name]
  return attribute !== undefined && 'int' in attribute ? attribute.int : fallback
}

/** Whole numbers among a node's attributes; none where it has no such attribute. */
export function intsOf({ attributes }: GraphNode, name: string): readonly number[] {
  const attribute = attributes[name]
  return attribute !== undefined && 'ints' in attribute ? attribute.ints : []
}

/** value * scale + shift along one axis: inputs are [value, scale, shift], both constants of `[size]`. */
export const affine = 'Affine'

export class Graph {
  /** Inputs of a node stand before it. */
  nodes: GraphNode[] = []
  readonly constants = new Map<string, Constant>()
  /** Layer that the next nodes belong to: names begin with it. */
  scope = 'model'
  readonly #names = new Set<string>()
  readonly #moved = new Map<string, Value>()

  /** A name that no other tensor or node has. */
  unique(wanted: string): string {
    const name = freeName(wanted, (each) => this.#names.has(each))
    this.#names.add(name)
    return name
  }

  /** Adds a node; returns the name of its output. */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = this.unique(`${this.scope}/${op}`)
    this.nodes.push({ name, op, inputs, output: name, attributes })
    return name
  }

  /** A constant of float32; one of the same name and shape is taken for the same, and made once. */
  floats(name: string, shape: Shape, make: () => Float32Array): string {
    const key = `${name}[${shape.join(',')}]`
    if (!this.constants.has(key)) {
      this.#names.add(key)
      this.constants.set(key, { shape, floats: make() })
    }
    return key
  }

  scalar(value: number): string {
    return this.floats(`number ${value}`, [], () => Float32Array.of(value))
  }

  /** A constant of int64 `[values.length]`. */
  ints(values: readonly number[]): string {
    const key = `integers ${values.join(',')}`
    this.#names.add(key)
    this.constants.set(key, { shape: [values.length], ints: values })
    return key
  }

  /** The same tensor with its channels first; vectors have nothing to move. */
  channelsFirst(value: Value): Value {
    if (value.stored === 'channels-first' || value.shape.length < 2) return value
    return this.#move(`${value.name} channels first`, () => {
      const axes = value.shape.map((_, i) => i + 1)
      const perm = [0, ...axes.slice(-1), ...axes.slice(0, -1)]
      const name = this.add('Transpose', [value.name], { perm: { ints: perm } })
      return { name, shape: value.shape, stored: 'channels-first' }
    })
  }

  /** The same tensor as the model has it. */
  plain(value: Value): Value {
    const { stored, shape } = value
    if (stored === 'plain') return value
    return this.#move(`${value.name} plain`, () => {
      if (stored !== 'channels-first') return this.#sortFlat(value, stored.flatOf)
      const axes = shape.map((_, i) => i + 1)
      const perm = [0, ...axes.slice(1), 1]
      const name = this.add('Transpose', [value.name], { perm: { ints: perm } })
      return { name, shape, stored: 'plain' }
    })
  }

  /** A vector of a tensor, in whichever order it lies. */
  flatten(value: Value): Value {
    const { shape, stored } = value
    const flat = [sizeOf(shape)]
    if (shape.length === 1) return value
    const name = this.add('Flatten', [value.name], { axis: { int: 1 } })
    const isPlain = stored === 'plain' || isOrderSame(shape)
    return { name, shape: flat, stored: isPlain ? 'plain' : { flatOf: shape } }
  }

  /** A plain value as another plain shape of the same size. */
  reshape(value: Value, shape: Shape): Value {
    const name = this.add('Reshape', [this.plain(value).name, this.ints([0, ...shape])])
    return { name, shape, stored: 'plain' }
  }

  #sortFlat(value: Value, flatOf: Shape): Value {
    const first = [...flatOf.slice(-1), ...flatOf.slice(0, -1)]
    const name = this.add('Reshape', [value.name, this.ints([0, ...first])])
    return this.flatten(this.plain({ name, shape: flatOf, stored: 'channels-first' }))
  }

  /** The same move of the same tensor is made once. */
  #move(key: string, make: () => Value): Value {
    const made = this.#moved.get(key) ?? make()
    this.#moved.set(key, made)
    return made
  }
}
