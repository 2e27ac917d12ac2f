// What the property tests of the wire draw from.
import { fc } from '../../helpers/property.ts'
import { confidenceNames } from '../../../src/domain/confidence.ts'
import { orientations } from '../../../src/domain/orientation.ts'
import type { TierAbout } from '../../../src/domain/probe.ts'
import type { ExitResult, Reply } from '../../../src/domain/reply.ts'
import { dtypes, sizeOf, type Shape } from '../../../src/domain/tensor.ts'

/** One seed for all, so that a failure comes again. */
export const seeded = { seed: 20260 } as const

/** 1 to 5 axes of 1 to 5. */
export const arbitraryShape: fc.Arbitrary<Shape> = fc.array(fc.integer({ min: 1, max: 5 }), {
  minLength: 1,
  maxLength: 5,
})

/** float32 values of any finite bits, as many as the shape holds: -0 and the smallest among them. */
export function arbitraryFloats(shape: Shape): fc.Arbitrary<Float32Array> {
  const length = sizeOf(shape)
  const float = fc.float({ noNaN: true, noDefaultInfinity: true })
  return fc
    .array(float, { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values))
}

/** float32 values that are none, in all their bits: infinities, and NaN with a payload or a sign. */
export const arbitraryNonFinite: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0x7f800000, 0xff800000),
  fc
    .tuple(fc.boolean(), fc.integer({ min: 1, max: 0x7fffff }))
    .map(([isNegative, payload]) => ((isNegative ? 0xff800000 : 0x7f800000) + payload) >>> 0),
)

/** Any double: NaN, infinities and -0 among them. */
const anyNumber = fc.double()

const arbitraryResult: fc.Arbitrary<ExitResult> = fc
  .array(anyNumber, { minLength: 1, maxLength: 12 })
  .chain((logits) =>
    fc.record(
      {
        exit: fc.nat(20),
        isLast: fc.boolean(),
        logits: fc.constant(logits),
        prediction: fc.integer({ min: -1, max: logits.length - 1 }),
        confidence: fc.option(anyNumber, { nil: undefined }),
        criterion: fc.constantFrom(...confidenceNames),
        gives: fc.constantFrom('logits', 'probabilities'),
        temperature: fc.double({ min: 0.01, max: 100, noNaN: true }),
        remembers: fc.constant(true),
      },
      { requiredKeys: ['exit', 'logits', 'prediction', 'confidence'], noNullPrototype: true },
    ),
  )

const amount = fc.double({ min: 0, max: 1e9, noNaN: true }).map((one) => one + 0)

const arbitraryAbout: fc.Arbitrary<TierAbout> = fc.record(
  {
    version: fc.string(),
    family: fc.option(fc.string(), { nil: undefined }),
    input: fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 4 }),
    dtypes: fc.subarray([...dtypes]),
    orientation: fc.constantFrom(...orientations),
    labels: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
    exits: fc.array(
      fc.record(
        {
          index: fc.nat(20),
          accuracy: fc.option(amount, { nil: undefined }),
          multiplyAdds: fc.option(fc.nat(), { nil: undefined }),
          threshold: fc.float({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0),
          criterion: fc.constantFrom(...confidenceNames),
          isLast: fc.boolean(),
        },
        { requiredKeys: ['index', 'accuracy', 'multiplyAdds'], noNullPrototype: true },
      ),
      { maxLength: 4 },
    ),
    life: fc.record(
      {
        instance: fc.string({ maxLength: 8 }),
        inFlight: fc.nat(),
        perSecond: amount,
        receivedBytesPerSecond: amount,
        sentBytesPerSecond: amount,
        fallbacks: fc.nat(),
        errors: fc.nat(),
      },
      { noNullPrototype: true },
    ),
  },
  { requiredKeys: ['version', 'family', 'input'], noNullPrototype: true },
)

const duration = fc.double({ min: 0, max: 1e6, noNaN: true }).map((ms) => ms + 0)

const { reply } = fc.letrec<{ reply: Reply; next: Reply | undefined }>((tie) => ({
  reply: fc.record(
    {
      tier: fc.string({ maxLength: 20, unit: 'grapheme' }),
      result: fc.option(arbitraryResult, { nil: undefined }),
      computeMs: duration,
      totalMs: duration,
      fallback: fc.boolean(),
      labelsHash: fc.option(fc.string(), { nil: undefined }),
      problem: fc.option(
        fc.record({ code: fc.string(), message: fc.string() }, { noNullPrototype: true }),
        { nil: undefined },
      ),
      about: arbitraryAbout,
      next: tie('next'),
    },
    {
      requiredKeys: [
        ...(['tier', 'result', 'computeMs', 'totalMs', 'fallback'] as const),
        ...(['labelsHash', 'problem', 'next'] as const),
      ],
      noNullPrototype: true,
    },
  ),
  next: fc.oneof({ maxDepth: 5 }, fc.constant(undefined), tie('reply')),
}))

/** Replies of up to six hops. */
export const arbitraryReply: fc.Arbitrary<Reply> = reply
