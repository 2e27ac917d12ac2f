// Thresholds in words, and those that no confidence reaches.

/** Numbers that every confidence reaches, and none; finite, so that they travel and are written as any other. */
export const thresholdWords = {
  always: -Number.MAX_VALUE,
  never: Number.MAX_VALUE,
} as const

/** The number that a word stands for; undefined of other texts. */
export function thresholdOfWord(text: string): number | undefined {
  return text === 'always' || text === 'never' ? thresholdWords[text] : undefined
}

/** `always` or `never`, which mean the same by every criterion. */
export function isWord(threshold: number): boolean {
  return Object.values(thresholdWords).some((number) => number === threshold)
}

/** Whether a threshold was hardly meant: above 1, the most of every confidence but raw, and not said in a word. */
export function isBeyondReach(threshold: number, criterion: string | undefined): boolean {
  return threshold > 1 && threshold !== thresholdWords.never && criterion !== 'raw'
}
