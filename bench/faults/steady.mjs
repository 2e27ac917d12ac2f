// The frame that most cases share: a device at a steady rate, a fault in its middle, and the wait for its end.
import { setTimeout as sleep } from 'node:timers/promises'
import { untilRows } from './scene.mjs'
import { judge } from './verdict.mjs'

export { sleep }

/**
 * Runs a device for `seconds` at the run's rate and `fault` once it has its first rows; resolves with the
 * verdict when the device is through. Every image must be under way or answered before the fault is over, so
 * the fault's own time belongs into `seconds`.
 */
export async function steady(stage, seconds, fault, deviceOptions = {}) {
  const { scene, rate, expected } = stage
  const count = Math.ceil(seconds * rate)
  const device = scene.device({ count, rate, ...deviceOptions })
  await untilRows(device, Math.min(rate, count))
  let isOver = false
  const ended = device.ended.then((end) => {
    isOver = true
    return end
  })
  await fault(device)
  // A fault that outlasts the images was seen by too few of them.
  const outlasted = isOver ? { note: 'the fault outlasted the images', isBroken: true } : {}
  const { code } = await ended
  return { ...judge(device.rows(), count, expected), exitCode: code, ...outlasted }
}

/** Takes the longer time in a full run, the shorter one in the short form. */
export const pick = (stage, long, short) => (stage.isShort ? short : long)
