// A contestant of part `cascade`: three bare sessions chained. A batch of pixels is scaled, goes through
// the first; of those that are not sure enough there the features are put together and go on.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerTasks, timeTurns } from './contestant.mjs'
import { openBare } from './bare-sessions.mjs'
import { createBareCascade } from './bare-cascade.mjs'

const { models, pixelsFile, maxBatch, threads } = JSON.parse(process.argv[2])
const cascade = createBareCascade((await openBare(models, threads)).stages, models)
const pixels = readFileSync(pixelsFile)
const size = pixels.length / maxBatch
const images = Array.from({ length: maxBatch }, (_, i) => pixels.subarray(i * size, (i + 1) * size))

answerTasks({}, async ({ exits, sliceMs }) => {
  const left = new Array(models.length).fill(0)
  const timed = await timeTurns(sliceMs, async () => {
    for (const stage of await cascade(images, exits)) left[stage]++
    return maxBatch
  })
  const all = left.reduce((a, b) => a + b, 0)
  return { ...timed, left: left.map((n) => n / all) }
})
