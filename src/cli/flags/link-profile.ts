// Flags of the commands that know of links between places: their delay and bandwidth.
import type { Flag } from '../flag.ts'

const group = 'Links'

export const linkProfileFlags = [
  {
    name: 'link-profile',
    group,
    commands: ['bench', 'plan'],
    kind: 'string',
    value: 'NAME',
    default: 'wan',
    help: 'Delay and bandwidth between device, edge, fog and cloud: lan, wan, 4g, or one of --links',
    details:
      'bench has links where this or --links is given. docs/continuum.md says what each stands for, and how to write your own.',
  },
  {
    name: 'links',
    group,
    commands: ['bench', 'plan'],
    kind: 'string',
    value: 'FILE.yaml',
    help: "File of link profiles in place of ddnn's own (docs/continuum.md); wan where no --link-profile is given",
  },
] as const satisfies readonly Flag[]
