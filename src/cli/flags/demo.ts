// Flags of `demo` alone, and those whose defaults differ from `run`'s; it takes most of `run`'s too.
import type { Flag } from '../flag.ts'
import { logLevels } from '../../telemetry/log.ts'

export const demoFlags = [
  {
    name: 'saved-models',
    group: 'Demo',
    commands: ['demo'],
    kind: 'string',
    value: 'DIR',
    help: 'Folder with edge, fog and cloud; default the shipped models',
  },
  {
    name: 'kafka',
    group: 'Demo',
    commands: ['demo'],
    kind: 'boolean',
    help: 'As processes over a Kafka broker that is started, and installed, on this machine',
    details: 'KAFKA_BROKERS names one to use in its place.',
  },
  {
    name: 'log-level',
    group: 'General',
    commands: ['demo'],
    kind: 'string',
    value: 'LEVEL',
    choices: logLevels,
    default: 'warn',
    help: 'Least level that is logged',
  },
  {
    name: 'max-in-flight',
    group: 'Input and output',
    commands: ['demo'],
    kind: 'integer',
    min: 1,
    max: 65536,
    value: 'N',
    default: 16,
    help: 'Most requests under way at once',
  },
  {
    name: 'output',
    aliases: ['o'],
    group: 'Input and output',
    commands: ['demo'],
    kind: 'string',
    value: 'FILE',
    default: 'results.csv',
    help: 'CSV file',
  },
  {
    name: 'html',
    group: 'Input and output',
    commands: ['demo'],
    kind: 'string',
    value: 'FILE',
    default: 'results.html',
    help: 'HTML page of the run',
  },
] as const satisfies readonly Flag[]
