// --json, of every command.
import type { Flag } from '../flag.ts'

export const jsonFlags = [
  {
    name: 'json',
    group: 'General',
    commands: [
      'run',
      'demo',
      'classify',
      'up',
      'init',
      'manifests',
      'train',
      'results',
      'report',
      'evaluate',
      'calibrate',
      'export',
      'bench',
      'plan',
      'download',
      'health',
      'doctor',
      'replay',
    ],
    kind: 'boolean',
    help: 'Print JSON on stdout, for programs, in place of text; log and progress stay on stderr',
    details:
      'One document at the end, or a line an image, letter or event of what goes on; what goes wrong is one too. docs/json.md shows each. A tier or gateway has no result: there it is as --log-format json.',
  },
] as const satisfies readonly Flag[]
