// Every network through a whole run, short: two steps on drawn flowers of 40 x 40, and then its files.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs-core'
import { networkNames } from '../../../src/domain/lab-words.ts'
import { drawFlower } from '../../../src/input/drawn-flowers.ts'
import { readModelFolder } from '../../../src/model/folder.ts'
import { multiplyAdds, type SubmodelCost } from '../../../src/model/multiply-adds.ts'
import type { LayersModel } from '../../../src/model/networks/network.ts'
import { modelFiles } from '../../../src/model/weights.ts'
import { buildFamily } from '../../../src/lab/training/build.ts'
import { resolveNetwork } from '../../../src/lab/training/networks.ts'
import { defaultTrainOptions, type TrainOptions } from '../../../src/lab/training/options.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import { train, type TrainContext } from '../../../src/lab/training/train.ts'

const tf = loadTfjsNode()
const labels = ['daisy', 'roses', 'tulips']
let folder = ''
let flowers = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-networks-'))
  flowers = join(folder, 'flowers')
  for (const label of labels) {
    await mkdir(join(flowers, label), { recursive: true })
    for (let seed = 0; seed < 8; seed++) {
      const bytes = await drawFlower({ label, difficulty: 0.1, seed, size: 40 })
      await writeFile(join(flowers, label, `${seed}.jpg`), bytes)
    }
  }
})

after(() => rm(folder, { recursive: true, force: true }))

/** Trains two steps: 18 of the 24 images, in batches of 8. */
async function trainShortly(more: Partial<TrainOptions>) {
  const lines: { readonly facts: object; readonly message: string }[] = []
  const log = {
    info: (facts: object, message: string) => lines.push({ facts, message }),
    warn: (facts: object, message: string) => lines.push({ facts, message }),
  }
  const steps: number[] = []
  const context: TrainContext = { log, onProgress: ({ step }) => steps.push(step) }
  const options: TrainOptions = {
    ...defaultTrainOptions,
    trainingSets: [flowers],
    height: 40,
    width: 40,
    batchSize: 8,
    epochs: 1,
    validationSplit: 0.25,
    output: folder,
    ...more,
  }
  const result = await train(options, context)
  return { options, result, steps, lines }
}

/** Exits of submodels that run one after the other, and their costs, from the disk alone. */
async function runFromDisk(folders: readonly string[], image: Tensor) {
  const models: LayersModel[] = []
  const exits: number[][] = []
  let input = image
  for (const path of folders) {
    const model = await tf.loadLayersModel(modelFiles(path))
    models.push(model)
    const outputs = [model.predict(input)].flat()
    const isLast = path === folders.at(-1)
    for (const exit of outputs.slice(isLast ? 0 : 1)) exits.push([...exit.dataSync()])
    input = outputs[0] as Tensor
  }
  return { models, exits }
}

function assertClose(got: readonly number[][], wanted: readonly number[][]): void {
  assert.equal(got.length, wanted.length)
  for (const [i, exit] of wanted.entries()) {
    assert.equal(got[i]?.length, exit.length)
    for (const [j, value] of exit.entries()) {
      const off = Math.abs((got[i]?.[j] as number) - value)
      assert.ok(off <= 1e-5 * Math.max(1, Math.abs(value)), `exit ${i}: ${off} off`)
    }
  }
}

for (const network of networkNames) {
  test(`${network} trains, and its submodels on disk give the logits of the whole model`, async () => {
    const { options, result, steps, lines } = await trainShortly({
      network,
      output: join(folder, network),
    })
    assert.equal(steps.length, 2)

    const { family } = buildFamily(tf, await resolveNetwork(options), labels.length, options)
    const { whole, wholeName, submodels } = family
    const specs = await readModelFolder(join(options.output, wholeName))
    assert.deepEqual(
      specs.map(({ name, features }) => [name, features]),
      submodels.map(({ name, features }) => [name, features]),
    )
    const image = tf.randomUniform([2, 40, 40, 3], 0, 1, 'float32', 9)
    const { models, exits } = await runFromDisk(
      specs.map((spec) => spec.folder),
      image,
    )
    // The weights of the files in a whole model of its own.
    const trained = new Set<string>()
    let moved = 0
    for (const layer of models.flatMap((model) => model.layers)) {
      if (layer.getWeights().length === 0) continue
      const own = whole.getLayer(layer.name)
      const [before, after] = [own, layer].map((l) => l.getWeights()[0]?.dataSync())
      if (before?.some((value, i) => value !== after?.[i]) === true) moved++
      own.setWeights(layer.getWeights())
      trained.add(layer.name)
    }
    assert.equal(moved, trained.size, 'layers that training changed')
    assert.equal(trained.size, whole.layers.filter((l) => l.getWeights().length > 0).length)
    assertClose(
      exits,
      [whole.predict(image)].flat().map((exit) => [...exit.dataSync()]),
    )

    assert.deepEqual(
      specs.map((spec) => spec.multiplyAdds),
      models.map((model) => multiplyAdds(model)),
    )
    const history = join(options.output, `${wholeName}.history`)
    assert.deepEqual(JSON.parse(await readFile(history, 'utf8')), result.history)
    const started = lines.filter(({ message }) => message === 'training starts')
    assert.equal(started.length, 1)
    const { parts } = started[0]?.facts as { readonly parts: readonly SubmodelCost[] }
    assert.deepEqual(
      parts.map(({ name, weights }) => [name, weights]),
      models.map((model) => [model.name, model.countParams()]),
    )
    const shares = parts.reduce((sum, part) => sum + part.sharePercent, 0)
    assert.ok(Math.abs(shares - 100) < 0.5, `${shares} %`)
    family.dispose()
    for (const model of models) model.dispose()
  })
}

test('a split that does not fit the network is refused before any image is read', async () => {
  const output = join(folder, 'refused')
  for (const [split, message] of [
    [['near=edge', 'far=cloud'], /none of fog/],
    [['model=edge', 'far=fog..cloud'], /'model', the folder of the whole model/],
  ] as const) {
    const lines: string[] = []
    const log = { info: (_: object, line: string) => lines.push(line), warn: () => undefined }
    const options = { ...defaultTrainOptions, trainingSets: [flowers], batchSize: 8, output, split }
    await assert.rejects(train(options, { log }), { code: 'DDNN_CONFIG_INVALID', message })
    assert.deepEqual(lines, [])
  }
})
