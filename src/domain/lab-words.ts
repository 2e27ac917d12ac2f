// Words that flags take and the lab acts on. They stand here so that the table of flags, which every process reads, loads
// nothing of the lab.

/** Of `train --network`. */
export const networkNames = ['compact', 'compact-32', 'original', 'vgg16', 'b-lenet'] as const
/** Of `train --label-mode`. */
export const labelModes = ['categorical'] as const
/** Of `train --keep`. */
export const keptEpochs = ['best', 'last'] as const
/** Of `train --head`: one layer to the logits, or one between. */
export const headKinds = ['dense', 'hidden'] as const
/** What networks take pixels as; anything else can be said in the network's own ddnn.json. */
export const pixelForms = ['unit', 'signed', 'bytes', 'imagenet'] as const
/** Data sets that `download` knows. */
export const dataSetNames = ['cifar10', 'flowers'] as const
/** How `bench` asks: MLPerf Inference's four scenarios, and a fixed number of queries under way. */
export const scenarios = [
  'single-stream',
  'multi-stream',
  'server',
  'offline',
  'concurrency',
] as const
/** Of `calibrate --loss-among`: which samples a loss is of. */
export const lossGroups = ['all', 'left-by', 'left-at'] as const
/** Of `calibrate --loss-of`: what is lost. */
export const lossKinds = ['harmed', 'net'] as const
