// Where images are let out of a network in a bench: as their thresholds say, or all at one place.

/** `any` as they come, `last` at the network's end, else the name of the tier at whose exits all leave. */
export type Exits = 'any' | 'last' | (string & {})

/** Above every bounded confidence: nothing leaves before the network's end. */
const never = 1.1

/** Of softmax, at the exits of the tier of this name, where images are made to leave. */
export function exitThreshold(exits: Exclude<Exits, 'any'>, tier: string): number {
  return exits === tier ? 0 : never
}

/** Flags of the tier of this name. */
export function exitFlags(exits: Exits, tier: string): readonly string[] {
  return exits === 'any' ? [] : ['--threshold', String(exitThreshold(exits, tier))]
}

export function describeExits(exits: Exits): string {
  if (exits === 'any') return 'as they come'
  return exits === 'last' ? 'all at the last exit' : `all at '${exits}'`
}
