// How much one block of lz4 gives, from its lengths alone: no format of lz4 says it beforehand. A block is
//   ( token: literals (4 bits), match - 4 (4 bits) | [more literals] | literals | offset 2 | [more match] )*
// where 15 in the token means that bytes follow which are added up, until one that is not 255. The last
// sequence ends behind its literals.

/** Unpacked size in bytes; undefined where the lengths do not add up to the block. */
export function unpackedBlockBytes(block: Buffer): number | undefined {
  const end = block.length
  let at = 0
  let size = 0
  while (at < end) {
    const token = block[at++] ?? 0
    let literals = token >> 4
    if (literals === 15) {
      for (let more = 255; more === 255; literals += more) {
        if (at >= end) return undefined
        more = block[at++] ?? 0
      }
    }
    at += literals
    size += literals
    if (at === end) return size
    at += 2
    if (at > end) return undefined
    let match = (token & 0x0f) + 4
    if (match === 19) {
      for (let more = 255; more === 255; match += more) {
        if (at >= end) return undefined
        more = block[at++] ?? 0
      }
    }
    size += match
  }
  return undefined
}
