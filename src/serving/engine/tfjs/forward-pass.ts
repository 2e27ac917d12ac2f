// One forward pass of a tfjs model: numbers in, numbers out, no tensor left.
import type { Tensor } from '@tensorflow/tfjs-core'
import type { OpenModel, PassOutput } from '../host/open-model.ts'
import type { TfRuntime } from './tf.ts'

/**
 * Gives a tensor an output, in the order of the names. They are the caller's to dispose; all else of the
 * pass is gone. Only a graph with control flow answers later.
 */
type Predict = (x: Tensor) => Tensor[] | Promise<Tensor[]>

export function passOf({ tf }: TfRuntime, predict: Predict): OpenModel['pass'] {
  return async (values, shape) => {
    const x = tf.tensor(values, [...shape])
    let given: Tensor[] = []
    try {
      given = await predict(x)
      // dataSync gives copies that are nobody else's, so they may be transferred.
      return given.map((output): PassOutput => ({
        shape: output.shape,
        dtype: output.dtype,
        values: output.dataSync() as Float32Array,
      }))
    } finally {
      tf.dispose([x, ...given])
    }
  }
}
