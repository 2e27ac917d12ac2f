// Where images are let out of a network in a bench: as their thresholds say, or all at one place.

/** `any` as they come, `last` at the network's end, else the name of the tier at whose exits all leave. */
export type Exits = 'any' | 'last' | (string & {})

/** Above every bounded confidence: nothing leaves before the network's end. */
const never = '1.1'

/** Flags of the tier of this name, where images leave so. */
export function exitFlags(exits: Exits, tier: string): readonly string[] {
  if (exits === 'any') return []
  return ['--threshold', exits === tier ? '0' : never]
}

export function describeExits(exits: Exits): string {
  if (exits === 'any') return 'as they come'
  return exits === 'last' ? 'all at the last exit' : `all at '${exits}'`
}
