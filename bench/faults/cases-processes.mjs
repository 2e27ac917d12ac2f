// Cases of processes: killed, frozen, more and fewer of them, with a wrong clock.
import { untilRows } from './scene.mjs'
import { pick, sleep, steady } from './steady.mjs'
import { judge } from './verdict.mjs'

/** What a killed or frozen member of a group had is handed on when its session has ended (10 s). */
const handedOnMs = 20_000

const killed = (tier, edges) => ({
  name: `${tier}-killed`,
  what: `SIGKILL of ${tier === 'edge' ? 'one of two edges' : `the ${tier}`}; back after 3 s`,
  bounds: 'session of the consumer group (10 s), then the replica that takes over or comes back',
  limits: { worstMs: handedOnMs },
  scene: { edges },
  run: (stage) =>
    steady(stage, pick(stage, 40, 16), async () => {
      const [victim] = stage.scene.of(tier)
      await victim.stop('SIGKILL')
      await sleep(3000)
      await stage.scene.start(tier)
    }),
})

/** SIGKILL in mid-run; a second device completes its CSV. */
async function killAndResume(stage) {
  const { scene, rate, expected } = stage
  const count = rate * pick(stage, 30, 8)
  const device = scene.device({ count, rate })
  await untilRows(device, Math.ceil(count / 3))
  await device.stop('SIGKILL')
  const before = device.rows()
  const { csv } = device
  const second = scene.device({ count, rate, csv, args: ['--resume'] })
  const { code } = await second.ended
  const rows = second.rows()
  const asRow = (row) => JSON.stringify(row)
  const kept = before.every((row, i) => asRow(row) === asRow(rows[i]))
  const isOrdered = rows.every((row, i) => row.Test === String(i))
  return {
    ...judge(rows, count, expected),
    exitCode: code,
    note: `${before.length} rows before${kept && isOrdered ? '' : ', not all as they were'}`,
    isBroken: !kept || !isOrdered,
  }
}

async function scale(stage) {
  const { scene } = stage
  const pauseMs = pick(stage, 8000, 2000)
  return steady(stage, pick(stage, 120, 30), async () => {
    for (let more = 0; more < 3; more++) await scene.start('edge')
    await sleep(pauseMs)
    for (const edge of scene.of('edge').slice(0, 2)) await edge.stop('SIGTERM')
    await sleep(pauseMs)
  })
}

async function freeze(stage) {
  const frozenMs = pick(stage, 60_000, 12_000)
  return steady(stage, frozenMs / 1000 + 10, async () => {
    const [victim] = stage.scene.of('edge')
    victim.signal('SIGSTOP')
    await sleep(frozenMs)
    victim.signal('SIGCONT')
    await sleep(2000)
  })
}

const hourMs = 3_600_000
const wrongClock = (name, what, clocks) => ({
  name,
  what,
  bounds: 'nothing waits: no clock of a host is compared with another one',
  limits: { worstMs: 5000 },
  scene: { edges: 1, clocks },
  run: (stage) => steady(stage, pick(stage, 20, 5), () => sleep(pick(stage, 10_000, 1000))),
})

export const processCases = [
  killed('edge', 2),
  killed('fog', 1),
  killed('cloud', 1),
  {
    name: 'device-killed',
    what: 'SIGKILL of the device; a second one with --resume',
    bounds: 'its own requests only',
    limits: { worstMs: 10_000 },
    scene: { edges: 1, via: ['fog'] },
    isInShort: true,
    run: killAndResume,
  },
  {
    name: 'replicas-1-4-2',
    what: 'edges 1, then 4, then 2 (SIGTERM)',
    bounds: 'the rebalances of the group; a leaving replica finishes what it has',
    limits: { worstMs: handedOnMs },
    scene: { edges: 1 },
    run: scale,
  },
  {
    name: 'replica-frozen',
    what: 'SIGSTOP of one of two edges, for 60 s',
    bounds: 'session of the consumer group (10 s)',
    limits: { worstMs: handedOnMs },
    scene: { edges: 2 },
    run: freeze,
  },
  wrongClock('clock-ahead', "the fog's clock an hour ahead", { fog: hourMs }),
  wrongClock('clock-behind', "the edge's clock an hour behind", { edge: -hourMs }),
]
