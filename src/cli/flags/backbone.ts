// Flags of `train` for exits on a network that was made elsewhere (docs/backbone.md).
import { headKinds, pixelForms } from '../../domain/lab-words.ts'
import type { Flag } from '../flag.ts'

const group = 'Backbone'

export const backboneFlags = [
  {
    name: 'backbone',
    group,
    commands: ['train'],
    kind: 'string',
    value: 'MODEL',
    help: 'Train exits on this network, which stays as it is: ONNX, tfjs, or a SavedModel (docs/backbone.md)',
    details:
      'A model folder, or an ONNX file. It is cut at a tensor an exit and written as a family, in its own form. --epochs is 40 then, unless it is given.',
  },
  {
    name: 'exits-at',
    group,
    commands: ['train'],
    kind: 'list',
    value: 'TENSOR...',
    help: 'Tensors of the --backbone to attach exits to; default two, by size and cost',
    details:
      'Names as --list-exits shows them; the end of a name will do. The last exit needs none: it stands where the network ends.',
  },
  {
    name: 'list-exits',
    group,
    commands: ['train'],
    kind: 'boolean',
    help: 'Show the tensors at which the --backbone can be cut, and which would be taken, and end',
  },
  {
    name: 'head',
    group,
    commands: ['train'],
    kind: 'string',
    value: 'KIND',
    choices: headKinds,
    default: 'dense',
    help: 'What an exit is: one layer over the averages of the channels, or a hidden one of 128 between',
  },
  {
    name: 'keep-classifier',
    group,
    commands: ['train'],
    kind: 'boolean',
    help: "Keep the --backbone's own classifier as the last exit; its classes are the labels, in order",
    details:
      "The order is that of the labels' names. Where the network's ddnn.json has the labels of the photos it is kept without the flag.",
  },
  {
    name: 'backbone-pixels',
    group,
    commands: ['train'],
    kind: 'string',
    value: 'FORM',
    choices: pixelForms,
    help: 'What the --backbone takes pixels as; default as its ddnn.json says, else unit',
    details:
      'unit: 0 to 1. signed: -1 to 1. bytes: 0 to 255, as networks with a Rescaling layer take them, which are recognised. imagenet: 0 to 1, less the mean and over the deviation of ImageNet, as those of PyTorch do.',
  },
  {
    name: 'fine-tune',
    group,
    commands: ['train'],
    kind: 'boolean',
    help: 'Train the layers of the --backbone too, once its exits are trained; a tfjs layers model only',
    details:
      'Layers and exits learn together, at a low rate; batch normalisation keeps its statistics. The best epoch of both courses is kept.',
  },
  {
    name: 'fine-tune-rate',
    group,
    commands: ['train'],
    kind: 'number',
    min: 0,
    value: 'RATE',
    default: 0.001,
    help: 'Highest learning rate of --fine-tune',
  },
  {
    name: 'fine-tune-epochs',
    group,
    commands: ['train'],
    kind: 'integer',
    min: 1,
    value: 'N',
    default: 10,
    help: 'Passes over the training set of --fine-tune, after the --epochs of the exits',
  },
] as const satisfies readonly Flag[]
