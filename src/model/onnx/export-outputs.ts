// The outputs of a submodel as an exported file has them: features first, then the exits in order, under
// names that say what they are.
import type { SubmodelSpec } from '../../domain/submodel.ts'
import { describeShape, isSameShape } from '../../domain/tensor.ts'
import { ModelError } from '../../errors.ts'
import type { ArrangedOutput } from './compile-layers.ts'
import type { GraphTensor } from './proto.ts'

export const exportedInput = 'input'

/**
 * `features`, then `exit_0`, `exit_1`..., numbered as in the whole family where the manifest says it.
 * @throws DDNN_MODEL_DAMAGED when the outputs are not those that the manifest speaks of.
 */
export function arrangeOutputs(
  spec: SubmodelSpec,
  outputs: readonly GraphTensor[],
): readonly ArrangedOutput[] {
  const chosen = chooseOutputs(spec, outputs)
  const features = findFeatures(spec, chosen)
  const exits = chosen.filter((output) => output !== features)
  const odd = exits.find(({ shape }) => shape.length !== 1)
  if (odd !== undefined) throw damaged(spec, 'exits that are vectors', describe([odd]))
  const placeOf = (output: GraphTensor) => outputs.indexOf(output)
  const named = exits.map((output, i): ArrangedOutput => {
    const index = spec.exits?.[i]?.index ?? i
    return { place: placeOf(output), name: `exit_${index}` }
  })
  return features === undefined ? named : [{ place: placeOf(features), name: 'features' }, ...named]
}

/** Those that the manifest names, in its order; all without it. */
function chooseOutputs(
  spec: SubmodelSpec,
  outputs: readonly GraphTensor[],
): readonly GraphTensor[] {
  return (spec.outputs ?? outputs.map(({ name }) => name)).map((name) => {
    const output = outputs.find((other) => other.name === name)
    if (output !== undefined) return output
    throw damaged(spec, `the output ${name} of its ddnn.json`, describe(outputs))
  })
}

/** As engines tell them: by the manifest's shape; without one what is no vector, or a first one of another width. */
function findFeatures(
  spec: SubmodelSpec,
  outputs: readonly GraphTensor[],
): GraphTensor | undefined {
  const { features } = spec
  if (features === null) return undefined
  if (features !== undefined) {
    const found = outputs.find(({ shape }) => isSameShape(shape, features))
    if (found !== undefined) return found
    throw damaged(spec, `features of ${describeShape(features)}`, describe(outputs))
  }
  const solid = outputs.find(({ shape }) => shape.length !== 1)
  if (solid !== undefined) return solid
  const [first, ...others] = outputs
  const width = others[0]?.shape[0]
  const isOdd = width !== undefined && width !== first?.shape[0]
  return isOdd && others.every(({ shape }) => shape[0] === width) ? first : undefined
}

function describe(outputs: readonly GraphTensor[]): string {
  return outputs.map(({ name, shape }) => `${name} (${describeShape(shape)})`).join(', ')
}

function damaged(spec: SubmodelSpec, wanted: string, got: string): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to have ${wanted}, got ${got}`,
    { hint: 'Mend its ddnn.json; docs/models.md says what a submodel gives' },
  )
}
