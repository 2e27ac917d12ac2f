// What every runtime must do on its side of the seam, without workers and queues: Keras' answers for every
// network there is, batches that change nothing, memory that is given back, and models named that do not load.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'
import { sizeOf, type Shape } from '../../src/domain/tensor.ts'
import type { LoadedModel, Runtime } from '../../src/serving/engine/host/runtime.ts'
import { readModelFolder } from '../../src/model/folder.ts'
import { assertClose } from '../helpers/close.ts'
import {
  goldenFolder,
  goldenInput,
  goldenSamples,
  readFloats,
  writeGoldenFamily,
} from '../helpers/golden-model.ts'
import {
  golden,
  goldenImages,
  networkNames,
  writeGoldenNetwork,
} from '../helpers/golden-networks.ts'
import { repoPath } from '../helpers/paths.ts'

export interface RuntimeContractOptions {
  /** Largest difference to Keras, relative to the largest of the values compared. */
  readonly tolerance: number
  /** Writes a layers model in the form that this run is about; as it is unless given. */
  readonly convert?: (spec: SubmodelSpec) => Promise<SubmodelSpec>
  /** Whether features have their channels first in that form. */
  readonly isChannelsFirst?: boolean
}

const batchSizes = [1, 16]
const options = { batchSizes, threads: 1, workers: 1 }

/** One submodel's answers for a batch, row-major; `features` with their channels last. */
interface Answers {
  readonly features: Float32Array | undefined
  readonly exits: readonly Float32Array[]
}

interface Shipped {
  readonly weights: string
  readonly logits: readonly (readonly number[])[]
}

/** Registers the contract for one runtime and one form of models. */
export function runtimeContract(
  name: string,
  loadRuntime: () => Runtime | Promise<Runtime>,
  given: RuntimeContractOptions,
): void {
  const { tolerance, isChannelsFirst = false } = given
  const convert = given.convert ?? ((spec: SubmodelSpec) => Promise.resolve(spec))

  describe(`runtime contract: ${name}`, () => {
    let runtime: Runtime
    let folder = ''
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ddnn-runtime-'))
      runtime = await loadRuntime()
    })
    after(() => rm(folder, { recursive: true }))

    /** Loads, uses, frees; nothing of it is left in the runtime, nor of any pass. */
    async function withModels(
      specs: readonly SubmodelSpec[],
      use: (models: readonly LoadedModel[]) => Promise<void>,
    ): Promise<void> {
      const converted: SubmodelSpec[] = []
      for (const spec of specs) converted.push(await convert(spec))
      const before = runtime.memory()
      const models: LoadedModel[] = []
      try {
        for (const spec of converted) models.push(await runtime.load(spec, options))
        const loaded = runtime.memory()
        assert.ok(loaded.tensors > before.tensors)
        await use(models)
        assert.deepEqual(runtime.memory(), loaded, 'a pass leaves something behind')
      } finally {
        for (const model of models) model.dispose()
        for (const model of models) model.dispose()
        assert.deepEqual(runtime.memory(), before, 'dispose leaves something behind')
      }
    }

    /** Runs a batch through the chain, the features of each submodel into the next one. */
    async function runChain(
      models: readonly LoadedModel[],
      images: Float32Array,
      count: number,
    ): Promise<readonly Answers[]> {
      const answers: Answers[] = []
      let input = images
      for (const model of models) {
        const { shapes } = model
        const { features, exits } = await model.run(input, count)
        input = features ?? input
        const isTurned = isChannelsFirst && shapes.features?.length === 3
        const shape = isTurned ? shapes.features : undefined
        answers.push({ features: shape && features ? turn(features, shape) : features, exits })
      }
      return answers
    }

    for (const family of ['compact', 'original'] as const) {
      test(`each sample gets Keras' logits from the ${family} submodels, alone and in a batch`, async () => {
        const submodels = await writeGoldenFamily(family, join(folder, family))
        await withModels(
          submodels.map(({ spec }) => spec),
          async (models) => {
            const { input } = models[0]?.shapes ?? { input: [] }
            const samples = Array.from({ length: goldenSamples }, (_, k) => goldenInput(input, k))
            const alone: (readonly Answers[])[] = []
            for (const sample of samples) alone.push(await runChain(models, sample, 1))
            for (const [i, submodel] of submodels.entries()) {
              const where = `${family} ${submodel.spec.name}`
              for (const [k, wanted] of submodel.exits.entries()) {
                for (const [exit, logits] of wanted.entries()) {
                  const got = alone[k]?.[i]?.exits[exit] ?? []
                  assertClose(got, logits, tolerance, `${where} sample ${k} exit ${exit}`)
                }
              }
              const { features } = submodel
              if (features === undefined) assert.equal(alone[0]?.[i]?.features, undefined)
              else assertClose(alone[0]?.[i]?.features ?? [], features, tolerance, where)
            }
            for (const count of [2, 7, 8, 13]) {
              const batch = concat(Array.from({ length: count }, (_, k) => samples[k % 3] ?? []))
              const together = await runChain(models, batch, count)
              for (const [i, { exits }] of together.entries()) {
                for (const [exit, values] of exits.entries()) {
                  const wanted = concat(
                    Array.from({ length: count }, (_, k) => alone[k % 3]?.[i]?.exits[exit] ?? []),
                  )
                  assertClose(values, wanted, tolerance, `${family} ${i} in a batch of ${count}`)
                }
              }
            }
          },
        )
      })
    }

    for (const network of networkNames) {
      for (const expected of golden.networks[network]) {
        const { height, width, outputs } = expected
        test(`${network} at ${height}x${width} gives Keras' features and logits`, async () => {
          const specs = await writeGoldenNetwork(network, expected)
          await withModels(specs, async (models) => {
            const answers = await runChain(models, goldenImages(height, width), 2)
            const given = answers.flatMap(({ features, exits }) =>
              features === undefined ? exits : [features, ...exits],
            )
            assert.equal(given.length, outputs.length)
            for (const [i, wanted] of outputs.entries()) {
              const values = given[i] ?? new Float32Array(0)
              const where = `${network} output ${i}`
              assert.equal(values.length, 2 * sizeOf(wanted.shape), where)
              const mean = values.reduce((sum, value) => sum + value, 0) / values.length
              const first = [...values.subarray(0, wanted.first.length)]
              // Relative to the largest of them, as a mean near 0 has no digits of its own.
              assertClose([...first, mean], [...wanted.first, wanted.mean], 1e-4, where)
            }
          })
        })
      }
    }

    for (const family of ['.', 'cifar10'] as const) {
      test(`the shipped networks of saved_models/${family} give Keras' logits`, async () => {
        const shipped = await readShipped(family)
        const model = repoPath('saved_models', family, 'model')
        const specs = await readModelFolder(model)
        for (const [i, { folder }] of specs.entries()) {
          const weights = createHash('sha256').update(await readFile(join(folder, 'weights.bin')))
          const said = 'trained anew: run test/golden/engine/make-shipped.py'
          assert.equal(weights.digest('hex').slice(0, 16), shipped[i]?.weights, said)
        }
        await withModels(specs, async (models) => {
          const { input } = models[0]?.shapes ?? { input: [] }
          assert.deepEqual(input, specs[0]?.input)
          for (let k = 0; k < goldenSamples; k++) {
            const answers = await runChain(models, goldenInput(input, k), 1)
            for (const [i, { logits }] of shipped.entries()) {
              const got = answers[i]?.exits[0] ?? []
              assertClose(got, logits[k] ?? [], tolerance, `${family} ${i} sample ${k}`)
            }
          }
        })
      })
    }

    test('shapes are those of one sample, and say whether exits add up to 1', async () => {
      const submodels = await writeGoldenFamily('compact', join(folder, 'shapes'))
      await withModels(
        submodels.map(({ spec }) => spec),
        async (models) => {
          const features = (shape: Shape) => (isChannelsFirst ? channelsFirst(shape) : shape)
          const common = { exits: [5], gives: ['logits'], sumToOne: [false] }
          const cut = features([8, 8, 12])
          assert.deepEqual(
            models.map(({ shapes }) => shapes),
            [
              { input: [33, 31, 3], features: cut, ...common },
              { input: cut, features: cut, ...common },
              { input: cut, features: null, ...common },
            ],
          )
          await Promise.resolve()
        },
      )
    })

    test('an input may lie in shared memory and is not changed; outputs may leave for another thread', async () => {
      const [edge] = await writeGoldenFamily('compact', join(folder, 'shared'))
      assert.ok(edge)
      await withModels([edge.spec], async ([model]) => {
        assert.ok(model)
        const { input } = model.shapes
        const [first, second] = [goldenInput(input, 0), goldenInput(input, 1)]
        const memory = new SharedArrayBuffer(2 * first.byteLength)
        const batch = new Float32Array(memory)
        batch.set(first)
        batch.set(second, first.length)
        const given = await model.run(batch, 2)
        assert.deepEqual(batch, Float32Array.from([...first, ...second]))
        const wanted = concat([edge.exits[0]?.[0] ?? [], edge.exits[1]?.[0] ?? []])
        const arrays = [given.features, ...given.exits].map((values) => values ?? batch)
        const copies = arrays.map((values) => values.slice())
        const buffers = arrays.map(({ buffer }) => buffer as ArrayBuffer)
        const [features, logits] = structuredClone(arrays, { transfer: buffers })
        assert.equal(given.exits[0]?.length, 0, 'they are gone here')
        // What comes after is written elsewhere.
        await model.run(new Float32Array(batch.length), 2)
        assert.deepEqual([features, logits], copies)
        assertClose(logits ?? [], wanted, tolerance, 'transferred logits')
      })
    })

    test('the manifest decides whether an output as wide as an exit is features', async () => {
      // Submodel 8 of the original gives logits only; one that says otherwise is named.
      const last = (await writeGoldenFamily('original', join(folder, 'last'))).at(-1)
      assert.ok(last)
      await withModels([{ ...last.spec, features: null }], async ([model]) => {
        assert.equal(model?.shapes.features, null)
        await Promise.resolve()
      })
      await withModels([{ ...last.spec, features: [5] }], async ([model]) => {
        assert.deepEqual(model?.shapes, {
          input: [256],
          features: [5],
          exits: [],
          gives: [],
          sumToOne: [],
        })
        await Promise.resolve()
      })
    })

    test('a model that does not load is named, and nothing of it is left', async () => {
      const [edge] = await writeGoldenFamily('compact', join(folder, 'whole'))
      assert.ok(edge)
      const rows = [
        ['weights cut short', 'DDNN_MODEL_DAMAGED', /Expected \d+ bytes of weights.*got 100/],
        ['no weights', 'DDNN_MODEL_DAMAGED', /Expected weights in .*got no file/],
        ['no model', 'DDNN_MODEL_MISSING', /Expected a model in/],
        ['an unknown layer', 'DDNN_ENGINE_UNAVAILABLE', /got .*Conv9D/],
      ] as const
      for (const [what, code, message] of given.convert === undefined ? rows : []) {
        const target = join(folder, what)
        await cp(edge.spec.folder, target, { recursive: true })
        if (what === 'weights cut short') await truncate(join(target, 'weights.bin'), 100)
        if (what === 'no weights') await rm(join(target, 'weights.bin'))
        if (what === 'no model') await rm(join(target, 'model.json'))
        if (what === 'an unknown layer') {
          const file = join(target, 'model.json')
          await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"Conv2D"', '"Conv9D"'))
        }
        const before = runtime.memory()
        await assert.rejects(
          runtime.load({ ...edge.spec, folder: target }, options),
          (error: Error & { code: string }) => {
            assert.equal(error.code, code, `${what}: ${error.message}`)
            assert.match(error.message, message)
            assert.ok(error.message.includes(target), 'the folder is named')
            return true
          },
        )
        assert.deepEqual(runtime.memory(), before, what)
      }
    })
  })
}

/** A graph or a SavedModel of the same weights gives what the layers give. */
export function runsFormat(
  loadRuntime: () => Runtime | Promise<Runtime>,
  form: 'graph' | 'saved-model',
  tolerance: number,
): void {
  test(`a ${form} gives Keras' answers, features told from exits by shape`, async () => {
    const runtime = await loadRuntime()
    const before = runtime.memory()
    const folder = join(goldenFolder, 'small', form)
    const [spec] = await readModelFolder(folder)
    assert.ok(spec)
    const answers = JSON.parse(
      await readFile(join(goldenFolder, 'small', 'small', 'answers.json'), 'utf8'),
    ) as { exits: number[][][] }
    const features = await readFloats(join(goldenFolder, 'small', 'small', 'features.bin'))
    const model = await runtime.load(spec, options)
    const { shapes } = model
    assert.deepEqual(
      { ...shapes, sumToOne: [] },
      { input: [12, 12, 3], features: [6, 6, 4], exits: [3], gives: ['logits'], sumToOne: [] },
    )
    for (const [k, [exit = []]] of answers.exits.entries()) {
      const given = await model.run(goldenInput(shapes.input, k), 1)
      assertClose(given.exits[0] ?? [], exit, tolerance, `sample ${k}`)
      if (k === 0) assertClose(given.features ?? [], features, tolerance, 'features')
    }
    model.dispose()
    assert.deepEqual(runtime.memory(), before)
  })
}

/** A form that this runtime does not run is refused with the flag that does. */
export function refusesFormat(
  loadRuntime: () => Runtime | Promise<Runtime>,
  folder: string,
  hint: RegExp,
): void {
  test(`a ${folder} is refused with the engine that runs it`, async () => {
    const [spec] = await readModelFolder(join(goldenFolder, 'small', folder))
    assert.ok(spec)
    const runtime = await loadRuntime()
    await assert.rejects(
      runtime.load(spec, options),
      (error: Error & { code: string; hint: string }) => {
        assert.equal(error.code, 'DDNN_ENGINE_UNAVAILABLE')
        assert.ok(error.message.includes(spec.folder))
        assert.match(error.hint, hint)
        return true
      },
    )
  })
}

async function readShipped(family: string): Promise<readonly Shipped[]> {
  const text = await readFile(join(goldenFolder, 'shipped.json'), 'utf8')
  return (JSON.parse(text) as Record<string, readonly Shipped[]>)[family] ?? []
}

/** `[count, channels, height, width]` as `[count, height, width, channels]`. */
function turn(values: Float32Array, [channels = 0, height = 0, width = 0]: Shape): Float32Array {
  const turned = new Float32Array(values.length)
  const pixels = height * width
  const size = pixels * channels
  for (let i = 0; i < values.length; i++) {
    const [image, channel, pixel] = [
      Math.floor(i / size),
      Math.floor((i % size) / pixels),
      i % pixels,
    ]
    turned[image * size + pixel * channels + channel] = values[i] as number
  }
  return turned
}

export function channelsFirst([height = 0, width = 0, channels = 0]: Shape): Shape {
  return [channels, height, width]
}

function concat(parts: readonly ArrayLike<number>[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => Array.from(part)))
}
