// Part `decode`: reading and decoding photos as the image folder does, by how many are under way and how
// many threads libuv has (UV_THREADPOOL_SIZE): sharp decodes on those.
import { startContestant } from './contestant.mjs'

const part = 'decode'
const threadCounts = [2, 4, 8]
const inFlights = [1, 2, 3, 4, 8, 64]

export async function measureDecode(run) {
  const { models, images, rounds, sliceMs, say, add } = run
  const settings = { model: models[0], files: images.files.slice(0, 500) }
  const started = []
  for (const threads of threadCounts) {
    const env = { UV_THREADPOOL_SIZE: String(threads) }
    started.push({ threads, ...(await startContestant('./run-decode.mjs', settings, env)) })
  }
  for (let round = 1; round <= rounds; round++) {
    for (const inFlight of inFlights) {
      for (const { threads, ask } of round % 2 === 1 ? started : started.toReversed()) {
        const { msAnImage, cpuMsAnImage } = await ask({ inFlight, sliceMs })
        const what = { folder: `${threads} threads`, batch: inFlight, round }
        add({ part, who: 'decode', ...what, name: 'ms_an_image', value: msAnImage })
        add({ part, who: 'decode', ...what, name: 'cpu_ms_an_image', value: cpuMsAnImage })
      }
    }
    say(`decode: round ${round} of ${rounds}`)
  }
  for (const { end } of started) await end()
}
