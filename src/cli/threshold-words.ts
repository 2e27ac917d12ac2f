// Thresholds in words.

/** Numbers that every confidence reaches, and none; finite, so that they travel and are written as any other. */
export const thresholdWords = {
  always: -Number.MAX_VALUE,
  never: Number.MAX_VALUE,
} as const
