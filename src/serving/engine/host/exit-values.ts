// Exits as networks have them and as a tier wants them: one value a class. A single sigmoid unit is two classes,
// and axes of one place around the classes, as a network of convolutions leaves them, are none.
import type { ExitGives } from '../../../domain/confidence.ts'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { isSameShape, sizeOf, type Shape } from '../../../domain/tensor.ts'
import type { ModelOutput } from './split-outputs.ts'

/** Shapes of the outputs without axes of one place, but of what may be features; a single unit has two classes. */
export function squeezeExits(
  spec: SubmodelSpec,
  outputs: readonly ModelOutput[],
): readonly ModelOutput[] {
  const isRow = (shape: Shape) => shape.every((axis, i) => axis === 1 || onlyWide(shape, i))
  const sizes = outputs.map(({ shape }) => sizeOf(shape))
  const classes = spec.labels?.length
  return outputs.map((output, index) => {
    const { shape } = output
    if (shape.length === 1) return shape[0] === 1 ? { ...output, shape: [2] } : output
    if (!isRow(shape)) return output
    if (
      spec.features !== undefined &&
      spec.features !== null &&
      isSameShape(shape, spec.features)
    ) {
      return output
    }
    const size = sizes[index] as number
    const isOfClasses = classes === undefined ? isCommon(size, sizes) : isWide(size, classes)
    return outputs.length === 1 || isOfClasses ? { ...output, shape: [Math.max(size, 2)] } : output
  })
}

function onlyWide(shape: Shape, index: number): boolean {
  return shape.every((axis, i) => i === index || axis === 1)
}

/** Whether it is as wide as another output, as exits are of one another. */
function isCommon(size: number, sizes: readonly number[]): boolean {
  return sizes.filter((other) => other === size).length > 1
}

function isWide(size: number, classes: number): boolean {
  return size === classes || (size === 1 && classes === 2)
}

/** Rows of one value as rows of two classes: [1 - p, p] of a probability p, [0, z] of a logit z. */
export function toTwoClasses(values: Float32Array, gives: ExitGives | undefined): Float32Array {
  const pairs = new Float32Array(2 * values.length)
  for (const [row, value] of values.entries()) {
    if (gives === 'probabilities') pairs[2 * row] = 1 - value
    pairs[2 * row + 1] = value
  }
  return pairs
}
