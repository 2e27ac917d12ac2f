// Mutations of values, headers and JSON for the fuzzers: from good ones, by a seeded generator, so that whatever
// is found can be had again by its seed and number.

/** mulberry32: `next()` in [0, 1), `int(n)` in 0..n-1, `pick(list)`. */
export function createRandom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below) => Math.floor(next() * below)
  return { next, int, pick: (list) => list[int(list.length)] }
}

const edges32 = [0, 1, -1, 127, 128, 255, 256, 65535, 65536, 2 ** 31 - 1, -(2 ** 31), 12, 4096]
const jsonPieces = [
  ...['[', ']', '{', '}', ',', ':', '"', '\\', '\\u0000', '\\ud800', 'null', 'true', 'NaN'],
  ...['Infinity', '-', '1e999', '-0', '0.0000000000000000000001', '9007199254740993', '""', '[[]]'],
  ...[
    '{"__proto__":1}',
    '"result"',
    '"next"',
    '\u0000',
    '\ufeff',
    ' ',
    '[[[[[[[[',
    '"shape":[1e9]',
  ],
]

const byteMutations = [
  // One bit, one byte, a number of 32 bits.
  (bytes, random) => {
    const at = random.int(bytes.length)
    bytes[at] ^= 1 << random.int(8)
    return bytes
  },
  (bytes, random) => {
    bytes[random.int(bytes.length)] = random.int(256)
    return bytes
  },
  (bytes, random) => {
    if (bytes.length < 4) return bytes
    const at = random.int(bytes.length - 3)
    const value = random.pick(edges32) >>> 0
    const isLittle = random.int(2) === 0
    if (isLittle) bytes.writeUInt32LE(value, at)
    else bytes.writeUInt32BE(value, at)
    return bytes
  },
  // Cut short, and made longer.
  (bytes, random) => bytes.subarray(0, random.int(bytes.length)),
  (bytes, random) => Buffer.concat([bytes, noise(random, random.int(64))]),
  // A part twice, a part gone, a part from elsewhere.
  (bytes, random) => {
    const [from, to] = span(bytes, random)
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])
  },
  (bytes, random) => {
    const [from, to] = span(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  (bytes, random, others) => {
    const other = random.pick(others)
    const [from, to] = span(other, random)
    const at = random.int(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at)])
  },
  // Something of JSON anywhere: binary frames have a JSON header too.
  (bytes, random) => {
    const at = random.int(bytes.length)
    const piece = Buffer.from(random.pick(jsonPieces))
    const skipped = random.int(2) * piece.length
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + skipped)])
  },
]

/** A changed copy of one of the good values: one to four mutations, at times none of it but noise. */
export function mutateBytes(random, good) {
  if (random.int(200) === 0) return noise(random, random.int(300))
  let bytes = Buffer.from(random.pick(good))
  for (let times = 1 + random.int(4); times > 0 && bytes.length > 0; times--) {
    bytes = Buffer.from(random.pick(byteMutations)(bytes, random, good))
    // Doubling parts again and again would only measure memcpy.
    if (bytes.length > 1_000_000) bytes = bytes.subarray(0, 1_000_000)
  }
  return bytes
}

const headerTexts = [
  ...['', ' ', '1', '0', '-1', '2', '1.5', '1e9', '1e999', 'NaN', '2147483648', '-2147483648'],
  ...['99999999999999999999', '0x10', '\u0000', '\u001b[31m', '=1+1', 'a:b:c', ':', '::', 'ü'],
  ...['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x'.repeat(5000), '__proto__'],
]

/** Headers with some left out, some changed, some of nobody. Texts. */
export function mutateHeaders(random, good) {
  const headers = {}
  for (const [name, value] of Object.entries(good)) {
    const fate = random.int(4)
    if (fate === 0) continue
    if (fate === 1) headers[name] = random.pick(headerTexts)
    else if (fate === 2)
      headers[name] = mutateBytes(random, [Buffer.from(value)]).toString('latin1')
    else headers[name] = value
  }
  if (random.int(4) === 0) headers[random.pick(['__proto__', 'constructor', 'x', ''])] = 'y'
  return headers
}

function span(bytes, random) {
  const from = random.int(bytes.length)
  return [from, Math.min(bytes.length, from + 1 + random.int(32))]
}

function noise(random, length) {
  return Buffer.from(Array.from({ length }, () => random.int(256)))
}
