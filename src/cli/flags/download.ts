// Flags of `download`.
import type { Flag } from '../flag.ts'

export const downloadFlags = [] as const satisfies readonly Flag[]
