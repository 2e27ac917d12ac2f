// Layers that only training knows, and tfjs not at all or wrongly: what is served goes through them unchanged
// (each tried with Keras 3.15, training=False). RandomCrop is none of them: what it does in inference has
// changed between versions. Dropout and its like are tfjs' own.
const names = [
  ...['SpatialDropout2D', 'SpatialDropout3D', 'ActivityRegularization', 'Identity'],
  ...['RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomShear'],
  ...['RandomContrast', 'RandomBrightness', 'RandomHue', 'RandomSaturation', 'RandomColorJitter'],
  ...['RandomColorDegeneration', 'RandomSharpness', 'RandomPosterization', 'RandomInvert'],
  ...['RandomGrayscale', 'RandomErasing', 'RandomGaussianBlur', 'RandomPerspective'],
  ...['RandomElasticTransform', 'RandomHeight', 'RandomWidth', 'AugMix', 'CutMix', 'MixUp'],
  'RandAugment',
]

/** Whether a layer of this class changes nothing where nobody trains. */
export function isForTrainingOnly(className: string): boolean {
  return names.includes(className)
}
