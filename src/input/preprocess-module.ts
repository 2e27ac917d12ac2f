// --preprocess: a user's own module in place of decode and resize (docs/modules.md, with an example in
// docs/examples that a test runs). The original's users edited input_preprocessing.py for this.
import { describeShape, sizeOf, type Tensor } from '../domain/tensor.ts'
import { DdnnError } from '../errors.ts'
import { importFunction, invalidModule, type UserFunction } from '../user-module.ts'

/** What the module is given of one image. */
interface PreprocessSource {
  /** The file as it is. */
  readonly bytes: Uint8Array
  /** Path relative to the input folder. */
  readonly file: string
  /** What --height and --width say, or the model. */
  readonly height: number
  readonly width: number
}

/** What it gives: float32 values as the network takes them, or uint8 values that are scaled there. */
export interface PreprocessResult {
  readonly data: Float32Array | Uint8Array
  /** Without a batch axis. */
  readonly shape: readonly number[]
}

/** A user's `preprocess`, its result checked. */
export type Preprocess = (source: PreprocessSource) => Promise<Tensor>

/**
 * Loads a module and wraps its `preprocess`, which may be async.
 * @throws DDNN_MODULE_INVALID when the module does not load or has no such export; the wrapped
 * function throws it too, when what the module gives is no tensor.
 */
export async function loadPreprocess(path: string): Promise<Preprocess> {
  const { file, call } = await importFunction(path, 'preprocess')
  return async (source) => checkTensor(await callModule(call, source), file)
}

async function callModule(
  preprocess: UserFunction['call'],
  source: PreprocessSource,
): Promise<unknown> {
  try {
    return await preprocess(source)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new DdnnError('DDNN_INPUT_UNREADABLE', `preprocess failed: ${message}`, { cause })
  }
}

function checkTensor(given: unknown, file: string): Tensor {
  const { data, shape } = (given ?? {}) as { readonly data?: unknown; readonly shape?: unknown }
  if (!isShape(shape)) {
    throw invalidModule(`Expected 'preprocess' of '${file}' to give a shape of whole numbers`)
  }
  if (!(data instanceof Float32Array || data instanceof Uint8Array)) {
    throw invalidModule(`Expected 'preprocess' of '${file}' to give a Float32Array or Uint8Array`)
  }
  if (data.length !== sizeOf(shape)) {
    throw invalidModule(
      `Expected 'preprocess' of '${file}' to give ${sizeOf(shape)} values for ${describeShape(shape)}, got ${data.length}`,
    )
  }
  return data instanceof Float32Array
    ? { dtype: 'float32', shape, data }
    : { dtype: 'uint8', shape, data }
}

function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((axis) => Number.isSafeInteger(axis) && axis > 0)
}
