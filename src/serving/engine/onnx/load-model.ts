// A submodel on onnxruntime: an ONNX file as it is, or a tfjs layers model compiled to one in memory. Then
// its threads, and one pass of each size that will come.
import { stat } from 'node:fs/promises'
import { wholeShape } from '../../../domain/image-layout.ts'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { sizeOf } from '../../../domain/tensor.ts'
import { ModelError } from '../../../errors.ts'
import { onnxFileOf } from '../../../model/onnx-file.ts'
import { toldByFiles } from '../../../model/told-by-files.ts'
import { usableCores } from '../host/cores.ts'
import { arrange } from '../host/arrange.ts'
import type { OpenModel } from '../host/open-model.ts'
import type { CompiledModel, LoadedModel, LoadOptions } from '../host/runtime.ts'
import { chooseThreads, type Candidate, type ThreadChoice } from './choose-threads.ts'
import { noNetworkError } from '../host/no-network.ts'
import { toLoadError } from './load-error.ts'
import { openOnnx } from './open-onnx.ts'
import type { ModelSource, Sessions } from './sessions.ts'

/** Passes of one sample that are timed: processes that start together take processors from each other. */
const timedPasses = 10

/** After so long no other one is begun. */
const mostTimingMs = 100

interface Source extends ModelSource {
  /** As the model's own files call it; undefined where the session says it. */
  readonly inputDtype: string | undefined
}

/** As `Runtime.load`. @param description of the runtime, for messages. */
export async function loadModel(
  sessions: Sessions,
  description: string,
  spec: SubmodelSpec,
  options: LoadOptions,
): Promise<LoadedModel> {
  try {
    const source = sourceOf(options.compiled) ?? (await readSource(description, spec))
    const open = (threads: number) => openCandidate(sessions, spec, source, threads)
    const { taken, note } = await chooseFor(open, options)
    const { model, threads } = taken
    try {
      const passMs = await warmUp(model, options)
      return { ...model, threads, passMs, note, compiled: compiledOf(source) }
    } catch (thrown) {
      model.dispose()
      throw thrown
    }
  } catch (thrown) {
    throw toLoadError(spec, description, thrown)
  }
}

async function chooseFor(
  open: (threads: number) => Promise<Candidate>,
  { threads, workers, batchSizes }: LoadOptions,
): Promise<ThreadChoice> {
  if (threads !== undefined) return { taken: await open(threads), note: undefined }
  const most = Math.max(1, Math.floor(usableCores() / workers))
  return chooseThreads(open, most, Math.max(...batchSizes))
}

function sourceOf(compiled: CompiledModel | undefined): Source | undefined {
  if (compiled === undefined) return undefined
  const { bytes, inputDtype } = compiled
  return { model: bytes, byteLength: bytes.byteLength, inputDtype }
}

function compiledOf({ model, inputDtype }: Source): CompiledModel | undefined {
  if (typeof model === 'string' || inputDtype === undefined) return undefined
  return { bytes: model, inputDtype }
}

async function readSource(description: string, spec: SubmodelSpec): Promise<Source> {
  switch (spec.format) {
    case 'onnx': {
      const model = await onnxFileOf(spec.folder)
      return { model, byteLength: (await stat(model)).size, inputDtype: undefined }
    }
    case 'tfjs-layers': {
      // Here, since a thread that is given what another compiled does without it: 0.1 s of a start.
      const { compileLayers } = await import('../../../model/onnx/compile-layers.ts')
      const { bytes, inputDtype } = await compileLayers(spec.folder, {
        fill: (shape) => wholeShape(spec, shape),
      })
      return { model: bytes, byteLength: bytes.byteLength, inputDtype }
    }
    case 'tfjs-graph':
    case 'saved-model':
      throw new ModelError(
        'DDNN_ENGINE_UNAVAILABLE',
        `Expected an engine that runs a ${spec.format} for '${spec.folder}', got ${description}`,
        { hint: 'Pass --engine tensorflow, or leave --engine out' },
      )
    case 'fixed-time':
      throw noNetworkError(spec)
  }
}

async function openCandidate(
  sessions: Sessions,
  spec: SubmodelSpec,
  source: Source,
  threads: number,
): Promise<Candidate> {
  const opened = await sessions.open(source, threads)
  let model: OpenModel
  try {
    model = openOnnx(sessions, spec, opened, source.inputDtype)
    return { threads, model: await arrange(spec, model, toldByFiles) }
  } catch (thrown) {
    opened.close()
    throw thrown
  }
}

/**
 * As batches will come, in the memory that they will: what they are copied into is there from then on.
 * @returns the fastest of a few passes of one sample, milliseconds
 */
async function warmUp(
  model: LoadedModel,
  { batchSizes, isShared = true }: LoadOptions,
): Promise<number> {
  const length = sizeOf(model.shapes.input)
  const inputOf = (size: number) => {
    const bytes = size * length * Float32Array.BYTES_PER_ELEMENT
    return new Float32Array(isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
  }
  for (const size of batchSizes) await model.run(inputOf(size), size)
  const one = inputOf(1)
  const endAt = performance.now() + mostTimingMs
  let passMs = Infinity
  for (let n = 0; n < timedPasses && performance.now() < endAt; n++) {
    const startedAt = performance.now()
    await model.run(one, 1)
    passMs = Math.min(passMs, performance.now() - startedAt)
  }
  return passMs
}
