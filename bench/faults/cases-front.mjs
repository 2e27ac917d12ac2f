// The case of a front that is gone for minutes, and that of 2,000 requests in flight.
import { untilRows } from './scene.mjs'
import { pick, sleep } from './steady.mjs'
import { judge, percentile, timesOf } from './verdict.mjs'

const deadlineMs = 3000

/** Median of an edge that has nobody in front: what a local answer takes here, milliseconds. */
async function localAnswer({ scene, rate }, seconds) {
  const solo = await scene.start('solo')
  const device = scene.device({ count: rate * seconds, rate, to: 'solo' })
  await device.ended
  await solo.stop()
  return percentile(timesOf(device.rows()), 0.5)
}

/** Notes when each row came: `[ms]`, in row order. */
function watchRows(device) {
  const arrivals = []
  const look = () => {
    const count = device.rows().length
    while (arrivals.length < count) arrivals.push(performance.now())
  }
  const timer = setInterval(look, 50)
  return () => {
    look()
    clearInterval(timer)
    return arrivals
  }
}

async function loseFront(stage) {
  const { scene, rate, expected } = stage
  const goneMs = pick(stage, 300_000, 20_000)
  const localMs = await localAnswer(stage, pick(stage, 20, 4))
  const count = Math.ceil(rate * (goneMs / 1000 + pick(stage, 25, 14)))
  const device = scene.device({ count, rate, timeoutMs: deadlineMs })
  const arrivalsOf = watchRows(device)
  await untilRows(device, rate)
  const [fog] = scene.of('fog')
  await fog.stop('SIGKILL')
  await sleep(goneMs)
  await scene.start('fog')
  const backAt = performance.now()
  const { code } = await device.ended
  const arrivals = arrivalsOf()
  const rows = device.rows()
  const fallbacks = rows.filter((row) => row.Fallback === 'true')
  const isAtOnce = (row) => Number(row.Prediction_Time) * 1000 < deadlineMs / 2
  const openMs = percentile(timesOf(fallbacks.filter(isAtOnce)), 0.5)
  const last = rows.findLastIndex((row) => row.Fallback === 'true')
  return {
    ...judge(rows, count, expected),
    exitCode: code,
    // A front that did not take over again shows nothing of its return.
    isBroken: last === rows.length - 1,
    details: {
      deadlineMs,
      fallbackP99Ms: percentile(timesOf(fallbacks), 0.99),
      localAnswerMs: localMs,
      /** Median with the breaker open: of fallbacks that did not wait for the deadline. */
      openAnswerMs: openMs,
      openToLocal: Math.round((openMs / localMs) * 100) / 100,
      normalAfterMs: Math.max(0, Math.round((arrivals[last] ?? backAt) - backAt)),
      answeredByCloudAfter: rows.length - 1 - last,
    },
  }
}

async function flood(stage) {
  const { scene, expected } = stage
  const count = pick(stage, 2000, 400)
  const device = scene.device({ count, inFlight: count, timeoutMs: 300_000 })
  const { code } = await device.ended
  return { ...judge(device.rows(), count, expected), exitCode: code }
}

export const frontCases = [
  {
    name: 'front-gone',
    what: 'the fog gone for 5 minutes, deadline 3 s',
    bounds: "the device's deadline, less the tier's reserve; at once when the breaker is open",
    limits: {
      worstMs: deadlineMs + 500,
      details: {
        fallbackP99Ms: deadlineMs + 50,
        openToLocal: 1.2,
        normalAfterMs: 5000,
      },
    },
    scene: { edges: 1 },
    run: loseFront,
  },
  {
    name: 'many-in-flight',
    what: '2,000 images at once (--max-in-flight 2000)',
    bounds: 'the queue before it: capacity alone',
    limits: { worstMs: 300_000 },
    scene: { edges: 1 },
    run: flood,
  },
]
