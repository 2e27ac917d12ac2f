// Flags of `export`, beside --models.
import type { Flag } from '../flag.ts'

const group = 'Export'

const exportLayouts = ['nhwc', 'nchw'] as const

export const exportFlags = [
  {
    name: 'output',
    aliases: ['o'],
    group,
    commands: ['export'],
    kind: 'string',
    value: 'DIR',
    help: 'Folder that each submodel gets a folder in: DIR/NAME/model.onnx and ddnn.json',
    required: true,
    details: 'A list of stages among --models is written there too.',
  },
  {
    name: 'layout',
    group,
    commands: ['export'],
    kind: 'string',
    value: 'LAYOUT',
    choices: exportLayouts,
    default: 'nhwc',
    help: 'Axes of images and features',
    details:
      'nhwc is [N, height, width, channels] as in ddnn: features fit tiers of the same family that run on any engine. nchw is [N, channels, height, width] as in PyTorch, without a Transpose in the file; its family is another one.',
  },
  {
    name: 'force',
    group,
    commands: ['export'],
    kind: 'boolean',
    help: 'Write over the model.onnx and ddnn.json of another family',
    env: 'DDNN_EXPORT_FORCE',
  },
] as const satisfies readonly Flag[]
