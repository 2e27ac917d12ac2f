// Part `memory`: the memory of a process that runs the whole cascade over many images, every thousand of
// them, and the line through the second half of these: what is left of each image.
import { startContestant } from './contestant.mjs'

const part = 'memory'
const step = 1000

export async function measureMemory(run) {
  const { models, engines, memoryImages, say, add } = run
  // One engine is enough: the memory of the others is told by their own suites.
  const engine = engines[0]
  const one = await startContestant('./run-cascade.mjs', {
    models,
    pixelsFile: run.images.pixelsFile,
    maxBatch: 32,
    engine,
  })
  const seen = []
  for (let done = step; done <= memoryImages; done += step) {
    const { rss } = await one.ask({ exits: true, count: step })
    seen.push({ done, rss })
    add({ part, who: engine, what: 'cascade', round: done, name: 'rss_mb', value: rss / 1e6 })
  }
  await one.end()
  const late = seen.slice(Math.floor(seen.length / 2))
  const bytes = slopeOf(late.map(({ done, rss }) => [done, rss]))
  add({ part, who: engine, what: 'cascade', round: 0, name: 'bytes_an_image', value: bytes })
  say(`memory: ${bytes.toFixed(1)} bytes an image over the last ${late.length * step} images`)
}

/** Least squares. */
function slopeOf(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)]
  const covariance = mean(([x, y]) => (x - meanX) * (y - meanY))
  return covariance / mean(([x]) => (x - meanX) ** 2)
}
