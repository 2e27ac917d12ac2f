// The engine `fixed-time`: runs no network. A pass blocks its worker for the time that the folder's
// fixed-time.json says, as a real one would, but leaves the processor to others.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { sizeOf } from '../../../domain/tensor.ts'
import { readFixedTime, type FixedTime } from '../../../model/fixed-time.ts'
import { toldByFiles } from '../../../model/told-by-files.ts'
import { arrange } from '../host/arrange.ts'
import type { OpenModel } from '../host/open-model.ts'
import type { LoadedModel, Runtime } from '../host/runtime.ts'
import { answersOf, featuresOf } from './stand-in.ts'

export function loadFixedTime(): Runtime {
  const open = new Set<OpenModel>()
  return {
    description: 'fixed-time (a stand-in that takes time and computes nothing)',
    load: (spec) => load(open, spec),
    memory: () => ({ tensors: open.size, bytes: 0 }),
  }
}

/** As `Runtime.load`. */
async function load(open: Set<OpenModel>, spec: SubmodelSpec): Promise<LoadedModel> {
  const times = await readFixedTime(spec.folder)
  const model: OpenModel = { ...openStandIn(times), dispose: () => void open.delete(model) }
  open.add(model)
  try {
    // The file's word where the manifest has none, so that nothing is guessed from shapes.
    const loaded = await arrange(
      { ...spec, features: spec.features ?? times.features },
      model,
      toldByFiles,
    )
    const note = `a stand-in: ${times.passMs} ms a pass and ${times.sampleMs} ms a sample, no network`
    return { ...loaded, note }
  } catch (thrown) {
    model.dispose()
    throw thrown
  }
}

function openStandIn(times: FixedTime): Omit<OpenModel, 'dispose'> {
  const { passMs, sampleMs, input, features, exits } = times
  const exitNames = exits.map((_, index) => `exit_${index}`)
  return {
    inputShape: input,
    inputDtype: 'float32',
    batchSize: undefined,
    outputNames: features === null ? exitNames : ['features', ...exitNames],
    isOrderKnown: true,
    pass: (values, [count = 0]) => {
      const endAt = performance.now() + passMs + sampleMs * count
      const outputs = exits.map((classes, exit) => ({
        shape: [count, classes],
        dtype: 'float32',
        values: answersOf(values, sizeOf(input), exit, classes),
      }))
      if (features !== null) {
        const given = featuresOf(values, sizeOf(input), sizeOf(features))
        outputs.unshift({ shape: [count, ...features], dtype: 'float32', values: given })
      }
      rest(endAt - performance.now())
      return Promise.resolve(outputs)
    },
  }
}

/** Blocks this thread without using the processor; finer than a timer's millisecond. */
function rest(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
