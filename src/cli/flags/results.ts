// Flags of `results`.
import type { Flag } from '../flag.ts'

export const resultsFlags = [] as const satisfies readonly Flag[]
