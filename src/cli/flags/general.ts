// Flags of the process itself.
import type { Flag } from '../flag.ts'
import { maxTimerMs } from '../../domain/budget.ts'
import { logFormats, logLevels } from '../../telemetry/log.ts'

const group = 'General'

export const generalFlags = [
  {
    name: 'name',
    group,
    commands: ['run'],
    kind: 'string',
    value: 'NAME',
    help: 'Name of this device or tier, as replies and metrics show it',
    details: 'Required. Also the consumer group of a tier, unless --group-id gives another.',
    bareEnv: 'GROUP_ID',
  },
  {
    name: 'config',
    group,
    commands: [
      'run',
      'demo',
      'train',
      'evaluate',
      'calibrate',
      'export',
      'download',
      'replay',
      'bench',
      'plan',
    ],
    kind: 'string',
    value: 'FILE',
    help: 'YAML or JSON file of flags, for those neither typed nor in the environment',
    details: 'Keys are flag names without dashes in front: `producer-back-topic: from_edge`.',
  },
  {
    name: 'log-level',
    group,
    commands: ['run', 'train', 'evaluate', 'calibrate', 'replay', 'bench', 'plan'],
    kind: 'string',
    value: 'LEVEL',
    choices: logLevels,
    default: 'info',
    help: 'Least level that is logged',
  },
  {
    name: 'log-format',
    group,
    commands: ['run', 'demo', 'train', 'evaluate', 'calibrate', 'replay', 'bench', 'plan'],
    kind: 'string',
    value: 'FORMAT',
    choices: logFormats,
    default: 'auto',
    help: 'JSON lines, readable lines, or readable on a terminal and JSON elsewhere',
    details: 'The log goes to stderr.',
  },
  {
    name: 'http-port',
    group,
    commands: ['run'],
    kind: 'integer',
    min: 0,
    max: 65535,
    value: 'PORT',
    help: 'Answer HTTP on this port: inference, health, metrics; 0 takes a free one, none without it',
    details:
      'GET /v2/health/live, /v2/health/ready (also /livez, /healthz, /readyz), /startupz, /v2/models and /metrics; POST /v2/models/NAME/infer of the Open Inference Protocol (docs/http.md). With a front link or models, and neither --input nor a back link, the process is a gateway, which answers HTTP alone. The port in use is logged. `ddnn health` asks it.',
  },
  {
    name: 'http-host',
    group,
    commands: ['run'],
    kind: 'string',
    value: 'HOST',
    default: '0.0.0.0',
    help: 'Address that --http-port listens on',
  },
  {
    name: 'shutdown-timeout-ms',
    group,
    commands: ['run'],
    kind: 'integer',
    min: 0,
    max: maxTimerMs,
    value: 'MS',
    default: 15000,
    help: 'After SIGTERM or Ctrl-C: how long requests under way may take to finish',
    details: 'A second signal stops at once, with exit code 128 + the signal.',
  },
] as const satisfies readonly Flag[]
