// Part `cascade`: images that lie decoded in memory, through all submodels in one process, every exit off
// and as they exit. Bare is three sessions, one after the other, in batches of the largest size.
import { startContestant } from './contestant.mjs'

const part = 'cascade'

export async function measureCascade(run) {
  const { models, engines, batches, rounds, sliceMs, say, add } = run
  const base = { models, pixelsFile: run.images.pixelsFile, maxBatch: Math.max(...batches) }
  const started = [
    { who: 'bare', ...(await startContestant('./run-bare-cascade.mjs', base)) },
    ...(await Promise.all(
      engines.map(async (engine) => ({
        who: engine,
        ...(await startContestant('./run-cascade.mjs', { ...base, engine })),
      })),
    )),
  ]
  for (let round = 1; round <= rounds; round++) {
    for (const exits of [false, true]) {
      for (const { who, ask } of round % 2 === 1 ? started : started.toReversed()) {
        const answer = await ask({ exits, sliceMs: 2 * sliceMs })
        const what = { folder: exits ? 'as they exit' : 'all to the end', batch: base.maxBatch }
        const values = { ms_an_image: answer.msAnImage, cpu_ms_an_image: answer.cpuMsAnImage }
        // That both do the same work: the share of images that left at each submodel.
        for (const [i, share] of answer.left.entries()) values[`left_at_${i + 1}`] = share
        for (const [name, value] of Object.entries(values)) {
          add({ part, who, ...what, round, name, value })
        }
      }
    }
    say(`cascade: round ${round} of ${rounds}`)
  }
  for (const { end } of started) await end()
}
