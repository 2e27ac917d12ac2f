// A contestant of part `decode`: files to pixels of the model's size, a number of them at a time.
import { createImageDecoder } from '../../dist/input/decode.js'
import { readWhole } from '../../dist/input/read-file.js'
import { answerTasks, timeTurns } from './contestant.mjs'
import { readManifest } from './images.mjs'

const { model, files } = JSON.parse(process.argv[2])
const [height, width] = readManifest(model).input
const decode = createImageDecoder()
let next = 0

async function decodeUntil(inFlight, endAt) {
  let images = 0
  const one = async () => {
    do {
      const file = files[next++ % files.length]
      await decode(await readWhole(file, 1e9), height, width)
      images++
    } while (performance.now() < endAt)
  }
  await Promise.all(Array.from({ length: inFlight }, one))
  return images
}

answerTasks({}, ({ inFlight, sliceMs }) =>
  timeTurns(0, () => decodeUntil(inFlight, performance.now() + sliceMs)),
)
