// Flags of `download`.
import { maxTimerMs } from '../../domain/budget.ts'
import { dataSetNames } from '../../lab/download/data-sets.ts'
import type { Flag } from '../flag.ts'

const group = 'Download'
const commands = ['download'] as const

export const downloadFlags = [
  {
    name: 'data-set',
    group,
    commands,
    kind: 'string',
    value: 'DATA-SET',
    positional: true,
    choices: dataSetNames,
    help: 'What to fetch, as the word behind the command: ddnn download cifar10',
    required: true,
    details: 'See docs/data.md for what each becomes on the disk.',
  },
  {
    name: 'output',
    aliases: ['o'],
    group,
    commands,
    kind: 'string',
    value: 'DIR',
    default: 'data',
    help: "Folder that the data set's own folder is made in",
    details:
      'With the default, cifar-10-batches-bin and flower_photos stand where --cifar10 and the examples look for them.',
  },
  {
    name: 'url',
    group,
    commands,
    kind: 'string',
    value: 'URL|FILE',
    help: "Take the archive from this mirror or file, not from its makers' server",
  },
  {
    name: 'sha256',
    group,
    commands,
    kind: 'string',
    value: 'HEX',
    help: "Checksum of the archive, where it is another one than the makers'",
  },
  {
    name: 'test-share',
    group,
    commands,
    kind: 'number',
    min: 0,
    max: 0.9,
    value: 'SHARE',
    default: 0.2,
    help: "flowers: share of each label's photos that goes to test, the rest to train",
  },
  {
    name: 'seed',
    aliases: ['s'],
    group,
    commands,
    kind: 'integer',
    min: 0,
    value: 'N',
    default: 123,
    help: 'flowers: seed of the split; the same seed gives the same photos everywhere',
  },
  {
    name: 'force',
    group,
    commands,
    kind: 'boolean',
    help: 'Make the folder again where an earlier download made one',
    details: 'A folder that download did not make is never replaced.',
  },
  {
    name: 'keep-archive',
    group,
    commands,
    kind: 'boolean',
    help: 'Leave the fetched archive in the output folder; a later download takes it from there',
  },
  {
    name: 'timeout-ms',
    group,
    commands,
    kind: 'integer',
    min: 1,
    max: maxTimerMs,
    value: 'MS',
    default: 30000,
    help: 'Longest wait for a connection, an answer, or the next bytes',
  },
  {
    name: 'retries',
    group,
    commands,
    kind: 'integer',
    min: 0,
    max: 100,
    value: 'N',
    default: 5,
    help: 'Attempts to go on after a failure, as long as none of them brings a new byte',
  },
] as const satisfies readonly Flag[]
