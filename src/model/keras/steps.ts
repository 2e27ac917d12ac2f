// One layer of Keras as several that every engine has: steps that follow each other, the last of which keeps
// the layer's name, so that nothing behind it changes.
import type { LayerSpec } from '../onnx/topology.ts'

/** Where a step takes its value: all inputs of the layer, the first or second of them, or an earlier step. */
type StepInput = 'inputs' | 0 | 1 | { readonly step: string }

export interface Step {
  /** Ends the names of all but the last: `conv_gate`. */
  readonly key: string
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
  /** The step before where it is left out; the layer's inputs for the first one. */
  readonly from?: readonly StepInput[]
}

/** The layers of these steps, called as often as the layer was. */
export function layersOf(layer: LayerSpec, steps: readonly Step[]): readonly LayerSpec[] {
  const nameOf = (key: string) => (steps.at(-1)?.key === key ? layer.name : `${layer.name}_${key}`)
  return steps.map(({ key, className, config, from }, at): LayerSpec => {
    const before = steps[at - 1]
    const sources: readonly StepInput[] =
      from ?? (before === undefined ? ['inputs'] : [{ step: before.key }])
    const name = nameOf(key)
    return {
      name,
      className,
      config: { ...config, name },
      calls: layer.calls.map((call, index) => ({
        ...call,
        args: undefined,
        inputs: sources.flatMap((source) => {
          if (source === 'inputs') return call.inputs
          if (typeof source === 'number') return call.inputs.slice(source, source + 1)
          return [{ layer: nameOf(source.step), call: index, output: 0 }]
        }),
      })),
    }
  })
}
