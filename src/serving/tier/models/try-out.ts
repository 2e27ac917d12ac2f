// One sample through models that nobody has asked yet: weights that are damaged in a way that no size
// shows (a disk's, a copy's) give NaN at the first sample.
import { findNonFinite } from '../../../domain/finite.ts'
import type { Stage } from '../../engine/engine.ts'
import { ModelError } from '../../../errors.ts'

/**
 * Runs the stages in order on values from 0 to 1.
 * @throws DDNN_ENGINE_VALUE when an exit or features are not finite; DDNN_ENGINE_FAILED.
 */
export async function tryOut(stages: readonly Stage[]): Promise<void> {
  let input: Float32Array | undefined
  for (const stage of stages) {
    const given = input
    const { exits, features } = await stage.run((slot) => {
      if (given !== undefined) return slot.set(given)
      for (let i = 0; i < slot.length; i++) slot[i] = (i % 256) / 255
    })
    for (const values of features === undefined ? exits : [...exits, features]) {
      const found = findNonFinite(values)
      if (found === undefined) continue
      throw new ModelError(
        'DDNN_ENGINE_VALUE',
        `Expected finite values of '${stage.spec.name}' for a sample from 0 to 1, got ${found}`,
        {
          hint: 'Copy the model folder again: its weights are damaged, or were never trained well',
        },
      )
    }
    input = features
  }
}
