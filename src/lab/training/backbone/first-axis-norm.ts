// Batch normalisation over any axis but the last, as in serving, of operations whose gradients tfjs has: those of its
// own batchNorm fail there (tfjs 4.22 reshapes them to the wrong length).
import type { Tensor } from '@tensorflow/tfjs-core'
import type { LayersModel, Tf } from '../../../model/networks/network.ts'
import type { BatchNormLayer } from '../native-layers.ts'

/** Changes how such a layer is run, not what is written of it; others stay as they are. */
export function normaliseFirstAxis(tf: Tf, layer: LayersModel['layers'][number]): void {
  if (layer.getClassName() !== 'BatchNormalization') return
  const norm = layer as unknown as BatchNormLayer
  const stock = norm.call.bind(norm)
  norm.call = (inputs, kwargs) => {
    const x = [inputs].flat()[0] as Tensor
    const axis = (norm.axis + x.rank) % x.rank
    if (axis === x.rank - 1) return stock(inputs, kwargs)
    return tf.tidy(() => {
      const { gamma, beta, movingMean, movingVariance, epsilon } = norm
      const whole = tf.rsqrt(tf.add(movingVariance.read(), epsilon))
      const scale = gamma ? tf.mul(gamma.read(), whole) : whole
      const shift = tf.sub(beta ? beta.read() : 0, tf.mul(movingMean.read(), scale))
      const along = (values: Tensor) =>
        tf.reshape(
          values,
          x.shape.map((size, i) => (i === axis ? size : 1)),
        )
      return tf.add(tf.mul(x, along(scale)), along(shift))
    })
  }
}
