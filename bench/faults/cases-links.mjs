// Cases of links: those of the fog, back and front, go through the proxies.
import { pick, sleep, steady } from './steady.mjs'

const scene = { edges: 1, via: ['fog'] }

/** A fault of all proxies for some time. */
const fault = (seconds, act) => (stage) => {
  const lastsMs = pick(stage, seconds * 1000, 2000)
  return steady(stage, lastsMs / 1000 + pick(stage, 25, 6), async () => {
    stage.cluster.onProxies(act)
    await sleep(lastsMs)
    stage.cluster.onProxies((proxy) => proxy.restore())
  })
}

async function resetOften(stage) {
  const { cluster } = stage
  const times = pick(stage, 10, 3)
  const before = cluster.proxies.reduce((sum, { counts }) => sum + counts.resets, 0)
  const verdict = await steady(stage, times + pick(stage, 25, 4), async () => {
    for (let i = 0; i < times; i++) {
      cluster.onProxies((proxy) => proxy.resetAfter(5000))
      await sleep(700)
      cluster.onProxies((proxy) => proxy.restore())
      await sleep(300)
    }
  })
  const after = cluster.proxies.reduce((sum, { counts }) => sum + counts.resets, 0)
  return { ...verdict, note: `${after - before} connections reset`, isBroken: after === before }
}

async function swallow(stage) {
  const { cluster } = stage
  const times = pick(stage, 10, 2)
  const count = () => cluster.proxies.reduce((sum, { counts }) => sum + counts.swallowed, 0)
  const before = count()
  const verdict = await steady(stage, times * 2 + pick(stage, 20, 3), async () => {
    for (let i = 0; i < times; i++) {
      cluster.onProxies((proxy) => proxy.swallowNextProduce())
      await sleep(2000)
    }
    cluster.onProxies((proxy) => proxy.restore())
  })
  return {
    ...verdict,
    note: `${count() - before} acknowledgements swallowed`,
    isBroken: count() === before,
  }
}

export const linkCases = [
  {
    name: 'link-cut',
    what: "the fog's links cut for 20 s",
    bounds: 'the 20 s, and the session of its group if it ended meanwhile',
    limits: { worstMs: 40_000 },
    scene,
    run: fault(20, (proxy) => proxy.cut()),
  },
  {
    name: 'link-frozen',
    what: "no byte passes the fog's links for 20 s, connections stay",
    bounds: 'the 20 s, and the time-out of a request to a broker',
    limits: { worstMs: 50_000 },
    scene,
    run: fault(20, (proxy) => proxy.freeze()),
  },
  {
    name: 'link-slow',
    what: "the fog's links at 100 KB/s and 50 ms a chunk for 20 s",
    bounds: 'bytes that wait, by the bandwidth',
    limits: { worstMs: 40_000 },
    scene,
    run: fault(20, (proxy) => {
      proxy.slow(100_000)
      proxy.delay(50)
    }),
  },
  {
    name: 'link-reset',
    what: 'every connection of the fog reset in mid-frame, again and again',
    bounds: 'dialling anew, and the session of the group',
    limits: { worstMs: 40_000 },
    scene,
    isInShort: true,
    run: resetOften,
  },
  {
    name: 'ack-swallowed',
    what: 'Produce requests of the fog that arrive, and whose acknowledgement is lost',
    bounds: 'one retry each; what came twice is answered once',
    limits: { worstMs: 40_000 },
    scene,
    isInShort: true,
    run: swallow,
  },
]
