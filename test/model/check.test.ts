// A user's network that is none: each mistake is told before training, in words of the contract.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as core from '@tensorflow/tfjs-core'
import * as layersApi from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import type * as documented from '../../docs/examples/model-module.d.ts'
import { checkFamily, checkNetwork } from '../../src/model/networks/check.ts'
import {
  assemble,
  type CreateNetwork,
  type Part,
  type SymbolicTensor,
  type Tf,
} from '../../src/model/networks/network.ts'

const tf = { ...core, ...layersApi } as unknown as Tf
const classes = 3

/** A sound part, with some of it changed. */
function partOf(name: string, isLast: boolean, change: object = {}, units = classes) {
  const pool = tf.layers.maxPooling2d({ poolSize: 2, name: `${name}_pool` })
  const flatten = tf.layers.flatten({ name: `${name}_flatten` })
  const exit = tf.layers.dense({ units, name: `${name}_exit` })
  return {
    name,
    apply(input: SymbolicTensor) {
      const features = pool.apply(input) as SymbolicTensor
      const logits = exit.apply(flatten.apply(features)) as SymbolicTensor
      return { features: isLast ? null : features, exits: [logits], ...change }
    },
  }
}

const sound = () => [partOf('near', false), partOf('far', true)]

function check(made: unknown): void {
  const { parts } = checkNetwork(made, classes)
  checkFamily(assemble(tf, { height: 8, width: 8 }, parts))
}

test('a sound network passes, with any recipe and name of the whole', () => {
  check({ parts: sound(), recipe: {} })
  check({ parts: sound(), recipe: { lossWeights: [1, 1] }, whole: 'FULL_MODEL' })
})

/** Layers made by each call of apply: the whole model's are trained, the submodel's are others. */
const forgetful: Part = {
  name: 'near',
  apply: (input) => partOf('near', false).apply(input),
}

const shared = tf.layers.dense({ units: classes, name: 'shared' })
const twoOfOne: Part = {
  name: 'far',
  apply(input) {
    const flat = tf.layers.flatten({ name: 'far_flatten' }).apply(input) as SymbolicTensor
    const exits = [shared.apply(flat), shared.apply(flat)] as SymbolicTensor[]
    return { features: null, exits }
  },
}

for (const [what, made, message] of [
  ['nothing', undefined, /createNetwork to return an object, got undefined/],
  ['a promise', Promise.resolve({}), /parts.*got undefined/],
  ['no parts', { recipe: {} }, /parts to be a list.*got undefined/],
  ['an empty list of parts', { parts: [], recipe: {} }, /got an empty list/],
  ['no recipe', { parts: sound() }, /recipe to be an object.*got undefined/],
  ['a path as the whole', { parts: sound(), recipe: {}, whole: 'a/b' }, /whole.*got 'a\/b'/],
  ['a part that is none', { parts: [null], recipe: {} }, /part 1 to be an object, got null/],
  ['a part without a name', { parts: [{ apply() {} }], recipe: {} }, /name of part 1.*undefined/],
  ['a part without apply', { parts: [{ name: 'near' }], recipe: {} }, /'near'.*apply.*undefined/],
  ['a name with a slash', { parts: [partOf('a/b', true)], recipe: {} }, /part 1.*got 'a\/b'/],
  ['a name of dots', { parts: [partOf('..', true)], recipe: {} }, /part 1.*got '\.\.'/],
  [
    'the name of the whole model',
    { parts: [partOf('near', false), partOf('model', true)], recipe: {} },
    /part 2 to be free, got 'model', the name of the whole model/,
  ],
  [
    'a reserved name',
    { parts: [partOf('a.history', true)], recipe: {} },
    /part 1 to be one for a folder.*got 'a.history'/,
  ],
  [
    'a name twice, but for its case',
    { parts: [partOf('near', false), partOf('NEAR', true)], recipe: {} },
    /'NEAR', the name of part 1/,
  ],
  [
    'features of the last part',
    { parts: [partOf('near', false), partOf('far', false)], recipe: {} },
    /'far', the last part, to be null, got \[batch, 2, 2, 3\]/,
  ],
  [
    'no features before the last part',
    { parts: [partOf('near', true), partOf('far', true)], recipe: {} },
    /features of 'near'.*got null/,
  ],
  [
    'no exits',
    { parts: [partOf('a', true, { exits: [] })], recipe: {} },
    /exits of 'a'.*empty list/,
  ],
  [
    'other classes',
    { parts: [partOf('a', true, {}, 7)], recipe: {} },
    /exit 1 of 'a' to be \[batch, 3\], got \[batch, 7\]/,
  ],
  [
    'exits over places',
    {
      parts: [
        {
          name: 'a',
          apply: (input: SymbolicTensor) => ({
            features: null,
            exits: [tf.layers.dense({ units: classes, name: 'wide' }).apply(input)],
          }),
        },
      ],
      recipe: {},
    },
    /exit 1 of 'a' to be \[batch, 3\], got \[batch, 8, 8, 3\]/,
  ],
  [
    'apply without a return',
    { parts: [{ name: 'a', apply() {} }], recipe: {} },
    /apply of 'a' to return \{ features, exits \}, got undefined/,
  ],
  [
    'layers made in apply',
    { parts: [forgetful, partOf('far', true)], recipe: {} },
    /layers of 'near' to be made once.*'near_pool'/,
  ],
  ['two exits of one layer', { parts: [twoOfOne], recipe: {} }, /a layer of its own, got 'shared'/],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(() => check(made), { code: 'DDNN_MODULE_INVALID', message })
  })
}

test('the types that docs give to users fit the seam, field by field', () => {
  // It is the compiler that checks.
  const fits = (create: documented.CreateNetwork): CreateNetwork => create
  type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
  type Ours = ReturnType<CreateNetwork>['recipe']
  type OurAugmentation = Exclude<Ours['augmentation'], false | undefined>
  const recipe: Same<keyof documented.Recipe, keyof Ours> = true
  const augmentation: Same<keyof documented.Augmentation, keyof OurAugmentation> = true
  const network: Same<keyof documented.Network, keyof ReturnType<CreateNetwork>> = true
  assert.ok(recipe && augmentation && network && typeof fits === 'function')
})
