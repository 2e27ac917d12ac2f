// Whether a network's layers can be trained at all, found out before images are: not all that runs has a gradient.
import { sizeOf } from '../../../domain/tensor.ts'
import { ConfigError } from '../../../errors.ts'
import type { Tf } from '../../../model/networks/network.ts'
import type { Recipe } from '../../../model/networks/recipe.ts'
import { runStep } from '../forward-backward.ts'
import { createWeights } from '../weights.ts'
import type { BackboneChoice } from './choice.ts'
import { blankHeads } from './heads.ts'
import { openJointLayers } from './joint-layers.ts'
import type { OpenedBackbone } from './open.ts'
import type { ExitPlace } from './places.ts'

interface Tried {
  readonly tf: Tf
  readonly choice: BackboneChoice
  readonly places: readonly ExitPlace[]
  readonly recipe: Recipe
  readonly classes: number
}

/** @throws DDNN_CONFIG_INVALID when a layer has no gradient, or tfjs fails at it. */
export async function tryFineTune(
  { backbone, input }: OpenedBackbone,
  { tf, choice, places, recipe, classes }: Tried,
): Promise<void> {
  if (choice.fineTune === undefined) return
  const heads = blankHeads(places, choice.head, classes)
  const joint = await openJointLayers(tf, backbone, places, heads)
  const values = new Float32Array(sizeOf(input.shape)).fill(0.5)
  const inputs = [{ values, shape: [1, ...input.shape] }]
  const batch = { inputs, labels: [0], classes, mix: undefined, isInference: true }
  try {
    runStep(tf, joint.model, createWeights(tf, joint.model).variables, batch, recipe)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : String(cause)
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected layers that tfjs can train for --fine-tune, got '${choice.path}' and the error "${reason}"`,
      { cause, hint: 'Leave --fine-tune out: its exits are trained on the network as it is' },
    )
  } finally {
    joint.dispose()
  }
}
