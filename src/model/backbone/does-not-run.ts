// What a runtime says of a network that it does not load or run, in our words.
import type { Shape } from '../../domain/tensor.ts'
import { DdnnError, ModelError } from '../../errors.ts'

/** onnxruntime's and tfjs' words for an operation that they do not have. */
const unknownOperation =
  /No Op registered for (\S+)|Fatal error: (\S+?)\(-?\d+\) is not a registered|Unknown op '(\w+)'|Kernel '(\w+)' not registered/

const mostLetters = 200

/**
 * @param path of the network that was brought, not of what was written of it.
 * @param tried the size of the image, where the network says that it takes any.
 */
export function doesNotRun(path: string, thrown: unknown, tried?: Shape): DdnnError {
  if (thrown instanceof DdnnError) return thrown
  const said = thrown instanceof Error ? thrown.message : String(thrown)
  const operation = unknownOperation.exec(said)?.slice(1).find(Boolean)
  const [line = ''] = said.replace(/^Load model from .*? failed:/, '').split('\n')
  const got =
    operation === undefined
      ? line.slice(0, mostLetters)
      : `operation ${operation}, which its runtime does not know`
  const isSize = operation === undefined && tried !== undefined
  const on = isSize ? ` on an image of ${tried.join('x')}` : ''
  return new ModelError('DDNN_MODEL_DAMAGED', `Expected '${path}' to run${on}, got ${got}`, {
    cause: thrown,
    hint: isSize
      ? 'Pass --height and --width of the images that it was made for'
      : path.endsWith('.onnx')
        ? 'Export the model again, with operations of ONNX itself, in float32'
        : 'Export the model as ONNX, where more operations run, or as a SavedModel; docs/backbone.md says how',
  })
}
