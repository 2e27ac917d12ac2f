// Every layer that is known, by the class name that tfjs and Keras give it.
import type { LayerKind } from '../layer.ts'
import { activationLayers } from './activation.ts'
import { convolutionLayers } from './convolution.ts'
import { denseLayers } from './dense.ts'
import { imageLayers } from './image.ts'
import { mergeLayers } from './merge.ts'
import { normalizationLayers } from './normalization.ts'
import { poolingLayers } from './pooling.ts'
import { shapeLayers } from './shape.ts'

export const layerKinds: Readonly<Record<string, LayerKind>> = {
  ...convolutionLayers,
  ...denseLayers,
  ...normalizationLayers,
  ...activationLayers,
  ...poolingLayers,
  ...mergeLayers,
  ...shapeLayers,
  ...imageLayers,
}
