// Part `cascade`: images that lie decoded in memory, through all submodels in one process, every exit off
// and as they exit. Bare is three sessions, one after the other, in batches of the largest size: with one
// thread, and with the threads that the engine chose; of each round the faster one is what all are held
// against.
import { median } from '../chain/quantiles.mjs'
import { startContestant } from './contestant.mjs'
import { bareName } from './passes.mjs'

const part = 'cascade'

export async function measureCascade(run) {
  const { models, engines, rounds, sliceMs, batches, say, add } = run
  const maxBatch = Math.max(...batches)
  const started = await startAll(run, maxBatch)
  const bare = started.filter(({ threads }) => threads !== undefined)
  const seen = new Map(bare.map(({ who }) => [who, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const exits of [false, true]) {
      const folder = exits ? 'as they exit' : 'all to the end'
      const put = (who, values) => {
        for (const [name, value] of Object.entries(values)) {
          add({ part, who, folder, batch: maxBatch, round, name, value })
        }
      }
      const answers = new Map()
      for (const { who, ask } of round % 2 === 1 ? started : started.toReversed()) {
        answers.set(who, valuesOf(await ask({ exits, sliceMs: 2 * sliceMs })))
        put(who, answers.get(who))
      }
      const floors = bare.map(({ who }) => answers.get(who))
      put('bare', floors.toSorted((a, b) => a.ms_an_image - b.ms_an_image)[0])
      if (exits) for (const { who } of bare) seen.get(who).push(answers.get(who).ms_an_image)
    }
    say(`cascade: round ${round} of ${rounds}`)
  }
  // Local runs are held against the faster one too.
  const times = ({ who }) => median(seen.get(who))
  run.threads = bare.toSorted((a, b) => times(a) - times(b))[0].threads
  for (const { end } of started) await end()
  say(`cascade: ${engines.join(', ')} beside bare with ${run.threads} threads`)
}

async function startAll({ models, engines, images, note }, maxBatch) {
  const base = { models, pixelsFile: images.pixelsFile, maxBatch }
  const started = []
  for (const engine of engines) {
    started.push({
      who: engine,
      ...(await startContestant('./run-cascade.mjs', { ...base, engine })),
    })
  }
  const chosen = started.find(({ who }) => who === 'onnx')?.ready.threads ?? []
  note(part, `cascade: threads of onnx ${chosen.join(', ')}`)
  const arrangements = [{ who: bareName(1), threads: models.map(() => 1) }]
  if (chosen.some((threads) => threads > 1)) {
    arrangements.push({ who: `bare, threads ${chosen.join(' ')}`, threads: chosen })
  }
  for (const { who, threads } of arrangements) {
    const one = await startContestant('./run-bare-cascade.mjs', { ...base, threads })
    started.unshift({ who, threads, ...one })
  }
  return started
}

/** The share of images that left at each submodel shows that all do the same work. */
function valuesOf({ msAnImage, cpuMsAnImage, left }) {
  const shares = left.map((share, i) => [`left_at_${i + 1}`, share])
  return {
    ms_an_image: msAnImage,
    cpu_ms_an_image: cpuMsAnImage,
    ...Object.fromEntries(shares),
  }
}
