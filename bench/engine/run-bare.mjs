// A contestant of part `passes`: bare sessions on tensors that are ready.
import { readFileSync } from 'node:fs'
import { answerTasks, timeTurns } from './contestant.mjs'
import { openBare } from './bare-sessions.mjs'
import { inputsOfStages } from './inputs.mjs'

const { models, pixelsFile, threads, spins, maxBatch } = JSON.parse(process.argv[2])
const { stages } = await openBare(models, threads, spins)
const inputs = await inputsOfStages(stages, readFileSync(pixelsFile), maxBatch)
// Every size once, so that none pays for memory that it is the first to need.
for (const [i, { pass }] of stages.entries()) await pass(inputs[i].batch(maxBatch), maxBatch)

answerTasks({}, ({ stage, batch, sliceMs }) => {
  const data = inputs[stage].batch(batch)
  return timeTurns(sliceMs, async () => {
    await stages[stage].pass(data, batch)
    return batch
  })
})
