// The tensors at which a graph can be cut, with what one run of it told: shapes, and what it costs to get there.
import { sizeOf, type Shape } from '../../domain/tensor.ts'
import { ModelError } from '../../errors.ts'
import type { BackboneCut, OutputFacts } from './backbone.ts'
import type { GraphForm } from './graph-form.ts'
import { findCuts, isAlias, type OpNode } from './op-graph.ts'

export interface Facts {
  /** Samples of the run. */
  readonly samples: number
  /** The number that the network wants, as its file says or as the run showed. */
  readonly batch: number | undefined
  readonly of: ReadonlyMap<string, OutputFacts>
}

/**
 * In order, the output last.
 * @throws DDNN_MODEL_DAMAGED when the output is not made of the input, or nothing before it holds floats.
 */
export function listCuts<N extends OpNode>(
  form: GraphForm<N>,
  nodes: readonly N[],
  facts: Facts,
  layoutOf: (name: string, shape: Shape) => BackboneCut['layout'],
): readonly BackboneCut[] {
  const names = new Set(findCuts(form.graph))
  const shapeOf = (name: string) => facts.of.get(name)?.shape
  const cuts: BackboneCut[] = []
  /** Of cuts that hold samples, but no floats. */
  const others = new Set<string>()
  let multiplyAdds = 0
  for (const node of nodes) {
    multiplyAdds += form.multiplyAdds(node, shapeOf) / facts.samples
    for (const name of node.outputs) {
      const { shape: [samples, ...shape] = [], dtype = '' } = facts.of.get(name) ?? {}
      const isOutput = name === form.graph.output
      const isFloat = /^float/.test(dtype)
      const isSample = samples === facts.samples && shape.length > 0 && isFloat
      if (names.has(name) && !isFloat) others.add(dtype)
      if (!names.has(name) || ((!isSample || isAlias(node)) && !isOutput)) continue
      const layout = layoutOf(name, shape)
      const bytes = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT
      cuts.push({ name, op: node.op, shape, layout, multiplyAdds: Math.round(multiplyAdds), bytes })
    }
  }
  if (cuts.length === 1 && others.size > 0) throw noFloats(form.path, [...others])
  if (cuts.length > 0) return cuts
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected the output of '${form.path}' to be computed of its input, got an output that is not`,
    { hint: 'Export the network again, with the image as its input and the logits as its output' },
  )
}

function noFloats(path: string, dtypes: readonly string[]): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected floats between the operations of '${path}', got ${dtypes.join(' and ')}`,
    {
      hint: 'Bring the network as it was before it was quantized, or quantized in the form QDQ (QuantFormat.QDQ of onnxruntime)',
    },
  )
}
