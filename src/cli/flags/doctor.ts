// Flags of `doctor`, beside all those of the run that it examines, or the file of a deployment.
import { maxTimerMs } from '../../domain/budget.ts'
import type { Flag } from '../flag.ts'

const group = 'Doctor'

export const doctorFlags = [
  {
    name: 'deployment',
    group,
    commands: ['doctor'],
    kind: 'string',
    value: 'FILE',
    positional: true,
    env: 'DDNN_DOCTOR_DEPLOYMENT',
    help: "Deployment file whose processes are looked at, in place of one run; default the folder's ddnn.yaml where no run is given",
    details: 'Each process as `ddnn up` would start it (docs/up.md).',
  },
  {
    name: 'format',
    group,
    commands: ['doctor'],
    kind: 'string',
    value: 'FORMAT',
    choices: ['text', 'json'],
    default: 'text',
    help: 'Lines to read, or one JSON object for machines',
    env: 'DDNN_DOCTOR_FORMAT',
  },
  {
    name: 'check-timeout-ms',
    group,
    commands: ['doctor'],
    kind: 'integer',
    min: 100,
    max: maxTimerMs,
    value: 'MS',
    default: 10000,
    help: 'Longest time of one check; loading models may take six times that',
  },
  {
    name: 'load-models',
    group,
    commands: ['doctor'],
    kind: 'boolean',
    default: true,
    help: 'Load the models and run them once; --no-load-models looks at their files alone',
    details:
      'In a container with a memory limit they are left unloaded anyway where that might end the tier beside.',
  },
] as const satisfies readonly Flag[]
