// Flags of the submodels, the engine and the exit decision.
import type { Flag } from '../flag.ts'
import { thresholdWords } from '../../domain/threshold-words.ts'
import { maxTimerMs } from '../../domain/budget.ts'
import { confidenceNames } from '../../domain/confidence.ts'
import { featureForms } from '../../domain/feature-codec.ts'

const group = 'Model'

export const modelFlags = [
  {
    name: 'models',
    group,
    commands: ['run', 'classify', 'evaluate', 'calibrate', 'export', 'bench', 'plan'],
    required: ['evaluate', 'calibrate', 'export', 'plan'],
    kind: 'list',
    value: 'FOLDER...',
    help: 'Model folders to run here, in order',
    details:
      'A folder is one submodel, or a list of stages (its ddnn.json). Without --models an input is sent to the front link as it is.',
  },
  {
    name: 'tensorflow',
    group,
    commands: ['run', 'classify', 'demo', 'evaluate', 'calibrate', 'bench', 'plan'],
    roles: ['local', 'tier'],
    kind: 'boolean',
    help: 'Use full TensorFlow (tfjs-node) and fail clearly without it',
    details: 'As --engine tensorflow.',
  },
  {
    name: 'engine',
    group,
    commands: ['run', 'classify', 'demo', 'evaluate', 'calibrate', 'bench', 'plan'],
    roles: ['local', 'tier'],
    kind: 'string',
    value: 'ENGINE',
    choices: ['auto', 'onnx', 'tensorflow', 'wasm'],
    default: 'auto',
    help: 'Runtime of the forward pass; auto takes the fastest that loads and says which',
    details:
      'auto asks onnx, tensorflow and wasm in this order, for each model: onnx runs *.onnx and tfjs layers models, tensorflow layers and graph models and SavedModels, wasm layers and graph models (docs/engines.md).',
  },
  {
    name: 'engine-threads',
    group,
    commands: ['run', 'classify', 'demo', 'evaluate', 'calibrate', 'bench', 'plan'],
    roles: ['local', 'tier'],
    kind: 'integer',
    min: 1,
    max: 256,
    value: 'N',
    help: 'Threads of one forward pass; by default onnx measures 1, 2, ... at start, TensorFlow takes all cores',
    details:
      'Of each worker. wasm has one thread a worker whatever this says: it warns of another number.',
  },
  {
    name: 'threshold',
    aliases: ['t'],
    group,
    commands: ['run', 'demo', 'evaluate'],
    roles: ['local', 'tier'],
    kind: 'number',
    value: 'NUMBER',
    words: thresholdWords,
    help: "Least confidence that leaves, for all exits; else each exit's own from the manifest, else 0.8",
    details:
      'always leaves at the first exit, never at the last alone. Other numbers than 0 to 1 are for --criterion raw.',
  },
  {
    name: 'path-position',
    group,
    commands: ['run', 'demo', 'evaluate'],
    roles: ['local', 'tier'],
    kind: 'number',
    min: 0,
    max: 1,
    value: 'SHARE',
    help: "Where on the manifests' path of thresholds exits decide: 0 the safest, 1 the cheapest; default as calibrated",
    details:
      'ddnn calibrate keeps up to 32 settings, each with its accuracy, cost and bound (docs/calibration.md). Between two of them the safer one is taken. All tiers of a chain are to be given the same.',
  },
  {
    name: 'criterion',
    formerly: ['confidence'],
    group,
    commands: ['run', 'demo', 'evaluate'],
    roles: ['local', 'tier'],
    kind: 'string',
    value: 'NAME',
    choices: confidenceNames,
    help: "How sure an exit is; default what the manifest's threshold was chosen for, else softmax",
    details:
      "softmax is the largest probability, entropy 1 less the normalised entropy, margin the two largest probabilities' difference, raw the largest output as it is (the original), learned how likely the exit is right by what ddnn calibrate --criterion learned taught it: refused where it did not. With another one than the manifest's, its threshold is not used: --threshold or 0.8 is. --threshold alone is for softmax.",
  },
  {
    name: 'feature-codec',
    group,
    commands: ['run', 'demo', 'evaluate', 'calibrate', 'bench'],
    roles: ['local', 'tier'],
    kind: 'string',
    value: 'CODEC',
    help: `How features travel to the next tier: ${featureForms.join(', ')}, alone or with +deflate or +zstd; default the manifest's, else float32`,
    details:
      'intN is affine with a scale for each sample, intN-channel for each channel; the frame carries them. +deflate and +zstd pack the result without loss; zstd needs Node 22.15 or later at both ends. `ddnn calibrate` chooses a codec and writes it into the manifests (docs/features-on-the-wire.md); given there, it is taken as it is. --wire-front json has float32 alone.',
  },
  {
    name: 'max-batch-size',
    group,
    commands: ['run', 'classify', 'demo', 'evaluate', 'calibrate', 'bench', 'plan'],
    roles: ['local', 'tier'],
    kind: 'integer',
    min: 1,
    max: 4096,
    value: 'N',
    default: 32,
    help: 'Most samples in one forward pass',
  },
  {
    name: 'max-queue-delay-ms',
    group,
    commands: ['run', 'demo', 'bench'],
    roles: ['local', 'tier'],
    kind: 'number',
    min: 0,
    max: 60000,
    value: 'MS',
    default: 0,
    help: 'How long a sample may wait for others to fill a batch; 0 takes whatever waits',
  },
  {
    name: 'workers',
    group,
    commands: ['run', 'classify', 'demo', 'evaluate', 'calibrate', 'bench', 'plan'],
    roles: ['local', 'tier'],
    kind: 'integer',
    min: 1,
    max: 256,
    value: 'N',
    default: 1,
    help: 'Worker threads of the engine, each with its own copy of the weights',
    details:
      'wasm runs one thread a worker, so more workers use more cores; TensorFlow uses all cores with one.',
  },
  {
    name: 'reload-interval-ms',
    group,
    commands: ['run'],
    roles: ['local', 'tier'],
    kind: 'integer',
    min: 0,
    max: maxTimerMs,
    value: 'MS',
    default: 1000,
    help: 'How often the model folders are looked at for other thresholds and weights; 0 reads them again at SIGHUP only',
    details:
      'Other thresholds are taken at once, other weights when the files have been calm for one interval (docs/reload.md). Folders of more than 100 files are looked at less often.',
  },
] as const satisfies readonly Flag[]
