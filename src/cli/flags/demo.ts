// Flags of `demo` alone; it takes most of `run`'s too.
import type { Flag } from '../flag.ts'

export const demoFlags = [
  {
    name: 'saved-models',
    group: 'Demo',
    commands: ['demo'],
    kind: 'string',
    value: 'DIR',
    help: 'Folder with edge, fog and cloud; default the shipped models',
  },
] as const satisfies readonly Flag[]
