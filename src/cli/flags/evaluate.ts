// Flags of `evaluate`.
import type { Flag } from '../flag.ts'

export const evaluateFlags = [] as const satisfies readonly Flag[]
