// One bare session of onnxruntime-node on one exported submodel.
import { createRequire } from 'node:module'
import type { BareRun, BareStage } from './stage.ts'

interface Tensor {
  readonly data: Float32Array
}

/** The part of onnxruntime-node 1.30 that is used here: it is an optional dependency, so are its types. */
interface Ort {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor
  readonly InferenceSession: {
    create(model: string, options: object): Promise<Session>
  }
}

interface Session {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>
}

/** Float32 [count, ...features], and logits [count, classes] of each exit. */
export interface Pass {
  readonly features: Float32Array | undefined
  readonly exits: readonly Float32Array[]
}

/** Runs one batch, float32 [count, ...input]; this thread does nothing else while it computes. */
type RunPass = (data: Float32Array, count: number) => Promise<Pass>

export async function openSession(stage: BareStage, { threads, spins }: BareRun): Promise<RunPass> {
  const ort = createRequire(import.meta.url)('onnxruntime-node') as Ort
  const session = await ort.InferenceSession.create(stage.model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    extra: { session: { intra_op: { allow_spinning: spins ? '1' : '0' } } },
  })
  const [inputName = ''] = session.inputNames
  return async (data, count) => {
    const given = await session.run({
      [inputName]: new ort.Tensor('float32', data, [count, ...stage.input]),
    })
    const outputs = session.outputNames.map((name) => (given[name] as Tensor).data)
    if (stage.features === null) return { features: undefined, exits: outputs }
    return { features: outputs[0], exits: outputs.slice(1) }
  }
}
