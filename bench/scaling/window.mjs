// One window of time over a scene: what was answered in it, how late, and what the processes spent in it.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMsOf } from '../chain/processes.mjs'
import { at } from '../chain/quantiles.mjs'

/**
 * A load that has run for `rampSeconds`, then `seconds` of it. CPU is in ms a second; rates are a second.
 * @param {{ scene: object, brokerPid: number | undefined, load?: object, seconds: number,
 *   rampSeconds?: number }} options nothing is asked where there is no load.
 */
export async function measureWindow({ scene, brokerPid, load, seconds, rampSeconds = 3 }) {
  if (load !== undefined) scene.load(load)
  await sleep(rampSeconds * 1000)
  const from = read(scene, brokerPid)
  await sleep(seconds * 1000)
  const to = read(scene, brokerPid)
  const span = (to.time - from.time) / 1000
  const spent = (name) => (to[name] - from[name]) / span
  const row = {
    brokerCpu: spent('broker'),
    tierCpu: spent('tiers'),
    askerCpu: spent('asker'),
    tierRssMb: rssOf(scene.tiers[0].pid) / 2 ** 20,
    askerRssMb: rssOf(scene.asker.pid) / 2 ** 20,
    brokerRssMb: brokerPid === undefined ? undefined : rssOf(brokerPid) / 2 ** 20,
    askerSockets: socketsOf(scene.asker.pid),
    tierSockets: socketsOf(scene.tiers[0].pid),
  }
  if (load === undefined) return row
  const { answers, failures, replies, bytes } = await scene.end()
  const times = []
  for (let i = 0; i < answers.length; i += 2) {
    if (answers[i + 1] < from.time || answers[i + 1] > to.time) continue
    times.push(answers[i + 1] - answers[i])
  }
  return {
    ...row,
    rate: times.length / span,
    p50: at(times, 0.5),
    p95: at(times, 0.95),
    p99: at(times, 0.99),
    failures,
    foreign: (replies.foreign ?? 0) / replies.matched,
    requestBytes: bytes.request,
    replyBytes: bytes.reply,
  }
}

/** CPU up to now, ms; time in ms since 1970. */
function read({ tiers, asker }, brokerPid) {
  return {
    time: performance.timeOrigin + performance.now(),
    tiers: tiers.reduce((sum, { pid }) => sum + (cpuMsOf(pid) ?? NaN), 0),
    asker: cpuMsOf(asker.pid) ?? NaN,
    broker: cpuMsOf(brokerPid) ?? NaN,
  }
}

function rssOf(pid) {
  const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kb) * 1024
}

/** TCP connections: sockets that the kernel's table of this process' network knows. */
function socketsOf(pid) {
  const inodes = new Set()
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (fields[3] === '01') inodes.add(fields[9])
    }
  }
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? []
      return inode !== undefined && inodes.has(inode)
    } catch {
      return false
    }
  }).length
}
