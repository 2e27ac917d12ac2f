// Part `passes`: milliseconds an image of one submodel at a time, at each batch size. Bare sessions get
// tensors that are ready; an engine gets one call a sample, as a tier makes them, and writes each into its
// slot. "loaded" keeps a second batch waiting, as a tier under load does: the time between two batches.
import { startContestant } from './contestant.mjs'

const part = 'passes'
/** What all are held against: bare, with as many threads for each submodel as the engine chose. */
export const floor = 'bare'

export async function measurePasses(run) {
  const { models, engines, batches, rounds, sliceMs, say, add, note } = run
  const base = { models, pixelsFile: run.images.pixelsFile, maxBatch: Math.max(...batches) }
  const started = []
  for (const engine of engines) {
    const one = await startContestant('./run-engine.mjs', { ...base, engine })
    started.push({ who: engine, ...one })
    for (const text of one.ready.notes) note(part, `${engine}: ${text}`)
  }
  // In the same thread arrangement: one thread, and as many as the engine chose where it chose more.
  const chosen = started.find(({ who }) => who === 'onnx')?.ready.threads ?? []
  for (const [i, folder] of models.entries()) {
    add({ part, who: floor, folder, round: 0, name: 'threads', value: chosen[i] ?? 1 })
  }
  for (const threads of new Set([1, ...chosen.filter((n) => n !== undefined)])) {
    for (const spins of threads === 1 ? [true] : [false, true]) {
      const one = await startContestant('./run-bare.mjs', { ...base, threads, spins })
      started.unshift({ who: `${bareName(threads)}${spins ? '' : ' that do not spin'}`, ...one })
    }
  }
  for (let round = 1; round <= rounds; round++) {
    for (const batch of batches) {
      for (const [stage, folder] of models.entries()) {
        for (const { who, ask } of round % 2 === 1 ? started : started.toReversed()) {
          const isBare = who.startsWith('bare')
          for (const loaded of isBare || batch === 1 ? [false] : [false, true]) {
            const { msAnImage, cpuMsAnImage } = await ask({ stage, batch, sliceMs, loaded })
            const what = { folder, batch, loaded }
            add({ part, who, ...what, round, name: 'ms_an_image', value: msAnImage })
            add({ part, who, ...what, round, name: 'cpu_ms_an_image', value: cpuMsAnImage })
          }
        }
      }
    }
    say(`passes: round ${round} of ${rounds}`)
  }
  for (const { end } of started) await end()
}

export function bareName(threads) {
  return threads === 1 ? 'bare, 1 thread' : `bare, ${threads} threads`
}
