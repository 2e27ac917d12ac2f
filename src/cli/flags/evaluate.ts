// Flags of `evaluate`, beside those of its models and its images.
import type { Flag } from '../flag.ts'

const group = 'Evaluation'

export const evaluationFormats = ['csv', 'json', 'html'] as const
export type EvaluationFormat = (typeof evaluationFormats)[number]

export const evaluateFlags = [
  {
    name: 'output',
    aliases: ['o'],
    group,
    commands: ['evaluate'],
    kind: 'string',
    value: 'DIR',
    help: 'Folder for evaluation.json, evaluation.csv and evaluation.html; nothing is written without it',
  },
  {
    name: 'formats',
    formerly: ['format'],
    group,
    commands: ['evaluate'],
    kind: 'list',
    value: 'FORMAT...',
    default: evaluationFormats,
    help: 'Which of these to write to --output: csv, json, html',
  },
  {
    name: 'compare-codecs',
    group,
    commands: ['evaluate'],
    kind: 'boolean',
    help: 'Measure every exit and the cascade with each form of features, not the one in use alone',
    details:
      'The submodels behind the first run eight times more. Bytes and times of all codecs are told anyway.',
  },
] as const satisfies readonly Flag[]
