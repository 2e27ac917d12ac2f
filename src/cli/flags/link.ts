// Flags of the two links: the original's sixteen, and what ddnn adds.
import type { CommandName, Flag } from '../flag.ts'
import { maxTimerMs } from '../../domain/budget.ts'
import { wireForms } from '../../serving/wire/wire.ts'

const back = 'Back link (to the previous device)'
const front = 'Front link (to the next device)'
const both = 'Both links'

/** The rows of one end; the names stay literal, so that what reads them is typed. */
function endpoint<
  End extends 'producer' | 'consumer',
  Side extends 'back' | 'front',
  const Commands extends readonly CommandName[],
>(end: End, side: Side, commands: Commands, does: string) {
  const group = side === 'back' ? back : front
  const bare = `${end}_${side}`.toUpperCase()
  return [
    {
      name: `${end}-${side}` as const,
      group,
      commands,
      kind: 'string',
      value: 'HOSTS',
      help: `Kafka to ${does}: host, or host:port,host:port`,
      details:
        side === 'back'
          ? 'Default localhost, or the hosts of the other end of this link.'
          : 'Default the hosts of the other end of this link.',
      bareEnv: bare,
    },
    {
      name: `${end}-${side}-port` as const,
      group,
      commands,
      kind: 'integer',
      min: 1,
      max: 65535,
      value: 'PORT',
      default: 9092,
      help: `Port of the hosts of --${end}-${side} that name none`,
    },
    {
      name: `${end}-${side}-topic` as const,
      group,
      commands,
      kind: 'string',
      value: 'TOPIC',
      help: `Topic to ${does}`,
      bareEnv: `${bare}_TOPIC`,
    },
  ] as const satisfies readonly Flag[]
}

/** A front link asks, as `classify` does; a back link is a tier's. */
const asks = ['run', 'classify'] as const
const answers = ['run'] as const

export const linkFlags = [
  ...endpoint('consumer', 'back', answers, 'receive requests from the previous device'),
  ...endpoint('producer', 'back', answers, 'send replies to the previous device'),
  {
    name: 'group-id',
    group: back,
    commands: ['run'],
    roles: ['tier'],
    kind: 'string',
    value: 'GROUP',
    help: 'Consumer group that shares the requests; default the name',
  },
  ...endpoint('producer', 'front', asks, 'send requests to the next device'),
  ...endpoint('consumer', 'front', asks, 'receive replies from the next device'),
  {
    name: 'wire-front',
    group: front,
    commands: ['run'],
    kind: 'string',
    value: 'FORM',
    choices: wireForms,
    default: 'binary',
    help: 'What stands in front: a ddnn tier, or an original that speaks JSON',
    details:
      "json sends the original's messages, one at a time, and reads every partition of the reply topic; run one replica a reply topic.",
  },
  {
    name: 'timeout-ms',
    group: both,
    commands: ['run', 'demo', 'classify', 'bench'],
    kind: 'integer',
    min: 1,
    max: maxTimerMs,
    value: 'MS',
    default: 30000,
    help: 'Longest time for an answer at the device; at a tier for requests that name no budget',
  },
  {
    name: 'reply-reserve-ms',
    group: both,
    commands: ['run', 'demo'],
    roles: ['local', 'tier'],
    kind: 'integer',
    min: 0,
    max: maxTimerMs,
    value: 'MS',
    default: 200,
    help: 'What a tier keeps back of the budget that it gives its front, to reply itself in time',
  },
  {
    name: 'partitions',
    group: both,
    commands: ['run', 'bench'],
    kind: 'integer',
    min: 1,
    max: 10000,
    value: 'N',
    default: 8,
    help: 'Partitions of topics that are made',
  },
  {
    name: 'create-topics',
    group: both,
    commands: ['run'],
    kind: 'boolean',
    default: true,
    help: 'Make missing topics; --no-create-topics refuses to start without them',
    details:
      'With --start-timeout-ms as well, a missing topic is waited for as long as brokers are.',
  },
  {
    name: 'start-timeout-ms',
    group: both,
    commands: ['run'],
    kind: 'integer',
    min: 0,
    max: maxTimerMs,
    value: 'MS',
    default: 10000,
    help: 'At start: how long brokers may not answer; 0 waits without end',
    details:
      'Given by you, it holds for topics too that --no-create-topics does not make. Without it a missing one is refused at once. Meanwhile the process is live, not ready, and /v2/health/ready says what it waits for. A login or certificate that is refused ends the start at once. Where the time is over, up to 4 s more are taken to tell an address that the brokers advertise and that is out of reach.',
  },
  {
    name: 'commit-interval-ms',
    group: both,
    commands: ['run'],
    roles: ['tier'],
    kind: 'integer',
    min: 0,
    max: maxTimerMs,
    value: 'MS',
    default: 1000,
    help: 'How often a tier commits which requests it has done; it always does before it leaves its group',
    details:
      'What is done and not committed is answered again after a crash: its asker counts the second answer as a duplicate. Shorter costs the brokers a request each time.',
  },
  {
    name: 'ordinal',
    group: both,
    commands: ['run'],
    kind: 'integer',
    min: 0,
    value: 'N',
    help: "Number of this replica, which picks its reply partition; default a StatefulSet's own",
  },
] as const satisfies readonly Flag[]
