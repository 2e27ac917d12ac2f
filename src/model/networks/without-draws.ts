// Networks whose first weights nobody needs: to see whether they can be built, or to put others in their place.
import type { Tf } from './network.ts'

const drawing = [
  'glorotNormal',
  'glorotUniform',
  'heNormal',
  'heUniform',
  'leCunNormal',
  'leCunUniform',
  'orthogonal',
  'randomNormal',
  'randomUniform',
  'truncatedNormal',
  'varianceScaling',
] as const

/**
 * The same `tf`, whose initializers give zeros: drawing the 15 million weights of vgg16 takes seconds. Those that a layer
 * has by default, or by name, still draw.
 */
export function withoutDraws(tf: Tf): Tf {
  const zeros = () => tf.initializers.zeros()
  const initializers = Object.fromEntries(drawing.map((name) => [name, zeros]))
  return { ...tf, initializers: { ...tf.initializers, ...initializers } }
}
