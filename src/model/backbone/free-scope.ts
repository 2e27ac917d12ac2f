// Where the names of what is added to a network begin.
import type { OpGraph } from './op-graph.ts'

/** 'exit/', or with a number where the network itself has such names: it may have gained exits before. */
export function freeScope({ nodes }: OpGraph): string {
  const names = nodes.flatMap(({ outputs }) => outputs)
  for (let k = 1; ; k++) {
    const scope = k === 1 ? 'exit/' : `exit_${k}/`
    if (!names.some((name) => name.startsWith(scope))) return scope
  }
}
