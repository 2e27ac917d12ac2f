// Flags of `ddnn health`. Names and environment are those of the process that it asks, so that in a
// container both read the same variables.
import { maxTimerMs } from '../../domain/budget.ts'
import type { Flag } from '../flag.ts'

const group = 'Health'

/** What may be asked: whether it turns, whether its models are warm, whether it can serve. */
export const probes = ['live', 'startup', 'ready'] as const
export type Probe = (typeof probes)[number]

export const healthFlags = [
  {
    name: 'http-port',
    group,
    commands: ['health'],
    kind: 'integer',
    min: 1,
    max: 65535,
    required: true,
    value: 'PORT',
    help: 'The --http-port of the process to ask',
  },
  {
    name: 'http-host',
    group,
    commands: ['health'],
    kind: 'string',
    value: 'HOST',
    default: '127.0.0.1',
    help: 'Its address; 0.0.0.0 and :: stand for this machine',
  },
  {
    name: 'http-tls-cert',
    group,
    commands: ['health'],
    kind: 'string',
    value: 'FILE',
    help: 'Its --http-tls-cert: ask by HTTPS',
    details: 'The file is not read: the certificate may name another host than this machine.',
  },
  {
    name: 'probe',
    group,
    commands: ['health'],
    kind: 'string',
    value: 'PROBE',
    choices: probes,
    default: 'ready',
    help: 'What to ask',
    details: 'Exit code 0 yes, 1 no or no answer, 2 wrong flags.',
  },
  {
    name: 'timeout-ms',
    group,
    commands: ['health'],
    kind: 'integer',
    min: 1,
    max: maxTimerMs,
    value: 'MS',
    default: 3000,
    help: 'Longest wait for the answer',
    // Without a name of its own it would take the time that a tier gives its requests.
    env: 'DDNN_HEALTH_TIMEOUT_MS',
  },
] as const satisfies readonly Flag[]
