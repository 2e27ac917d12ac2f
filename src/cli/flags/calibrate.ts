// Flags of `calibrate`.
import type { Flag } from '../flag.ts'

export const calibrateFlags = [] as const satisfies readonly Flag[]
