// A contestant of part `passes`: one of ddnn's engines, asked as a tier asks it, a call a sample.
import { readFileSync } from 'node:fs'
import { WorkerEngine } from '../../dist/serving/engine/host/worker-engine.js'
import { startRuntime } from '../../dist/serving/engine/start-runtime.js'
import { readModelFolder } from '../../dist/model/folder.js'
import { openBare } from './bare-sessions.mjs'
import { answerTasks, timeTurns } from './contestant.mjs'
import { inputsOfStages } from './inputs.mjs'

const { models, pixelsFile, engine: name, maxBatch, threads } = JSON.parse(process.argv[2])
const { stages: bare } = await openBare(models, 1)
const inputs = await inputsOfStages(bare, readFileSync(pixelsFile), maxBatch)
const specs = (await Promise.all(models.map((folder) => readModelFolder(folder)))).flat()
const engine = await WorkerEngine.start({
  name,
  maxBatchSize: maxBatch,
  maxQueueDelayMs: 0,
  workers: 1,
  threads,
  onCrash: (error) => console.error(error),
  // As createEngine has it.
  startHere: name === 'onnx' ? () => startRuntime(name) : undefined,
})
await engine.load(specs)

// 'edge: 2 threads (...)', where it measured.
const chosen = engine.notes.map((note) => Number(/: (\d+) threads?/.exec(note)?.[1] ?? 1))

answerTasks(
  { notes: [engine.description, ...engine.notes], threads: chosen },
  ({ stage, batch, sliceMs, loaded }) => {
    const { run } = engine.stages[stage]
    const writes = Array.from({ length: maxBatch }, (_, i) => {
      const sample = inputs[stage].sample(i)
      return (slot) => slot.set(sample)
    })
    const ask = () =>
      Promise.all(Array.from({ length: batch }, (_, i) => run(writes[i % maxBatch])))
    if (!loaded) {
      return timeTurns(sliceMs, async () => {
        await ask()
        return batch
      })
    }
    let under = ask()
    return timeTurns(sliceMs, async () => {
      const next = ask()
      await under
      under = next
      return batch
    }).finally(() => under)
  },
  () => engine.dispose(),
)
