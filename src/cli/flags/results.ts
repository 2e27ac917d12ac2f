// Flags of `results`: the original's training_results.py as a command.
import type { Flag } from '../flag.ts'

const group = 'Results'

export const resultsFlags = [
  {
    name: 'history',
    aliases: ['i'],
    formerly: ['input'],
    group,
    commands: ['results'],
    kind: 'list',
    value: 'PATH...',
    positional: true,
    required: true,
    help: 'Histories of training runs, or the folders that train wrote; several are compared',
    details:
      "A `model.history` of `train` or of the original, or Keras' `history.history` as JSON. `run.json` beside it adds the run's facts.",
  },
  {
    name: 'output',
    aliases: ['o'],
    group,
    commands: ['results'],
    kind: 'string',
    value: 'DIR',
    default: 'results',
    help: 'Folder for the figures and index.html; files of other names in it stay',
  },
  {
    name: 'formats',
    formerly: ['format'],
    group,
    commands: ['results'],
    kind: 'list',
    value: 'FORMAT...',
    default: ['svg', 'png', 'html'],
    help: 'What is written: svg, png, html',
  },
  {
    name: 'plot-module',
    group,
    commands: ['results'],
    kind: 'string',
    value: 'FILE.js',
    help: 'Own figures in place of the standard ones (docs/modules.md)',
  },
] as const satisfies readonly Flag[]
