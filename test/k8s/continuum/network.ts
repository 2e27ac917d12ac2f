// A network of its own for Pods: each has a network namespace with its own address, all on one bridge that
// stands in a namespace too, so that no firewall rule of this machine touches it. There is no way out of it.
// The test reaches it by an interface of its own, whose addresses stand for the clusters' nodes. Needs root.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { deleteLeftContainers } from '../../helpers/container.ts'

export interface PodNetwork {
  /** For the runtime: /run/netns/NAME. */
  readonly path: string
  readonly address: string
  remove(): void
}

export interface Network {
  /** An address on this machine that clients use as that of the nodes of cluster `index`, from 0. */
  nodeAddress(index: number): string
  /** Source of what comes in by the nodes of that cluster from outside: not a kubelet's. */
  outsideAddress(index: number): string
  /** All node addresses asked for so far. */
  nodes(): readonly string[]
  /** Has nft do what a script says, on the bridge. @throws Error with the script, where nft refuses it */
  filter(script: string): void
  /** A Pod of cluster `index`. */
  addPod(index: number): PodNetwork
  remove(): void
}

const prefix = 'ddnn-'
const nodes = `${prefix}${process.pid}`

const ip = (...args: readonly string[]) =>
  execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] })

/** @throws Error where ip (iproute2) is missing or refused. */
export function createNetwork(): Network {
  deleteLeftContainers()
  removeLeftNetworks()
  // However this process ends, what it can still do is to clean up.
  process.once('exit', () => removeNetworksOf(process.pid))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const net = freeNet()
  let pods = 0
  // The other end goes with the namespace.
  ip('netns', 'add', nodes)
  ip('link', 'add', nodes, 'type', 'veth', 'peer', 'name', 'machine', 'netns', nodes)
  ip('-n', nodes, 'link', 'add', 'bridge', 'type', 'bridge')
  ip('-n', nodes, 'link', 'set', 'bridge', 'up')
  ip('-n', nodes, 'link', 'set', 'machine', 'master', 'bridge', 'up')
  ip('link', 'set', nodes, 'up')
  const clusters = new Set<number>()
  const nodeAddress = (index: number) => {
    const address = `10.${net}.${index}.1`
    if (!clusters.has(index)) {
      ip('addr', 'add', `${address}/16`, 'dev', nodes)
      ip('addr', 'add', `${outsideAddress(index)}/32`, 'dev', nodes)
    }
    clusters.add(index)
    return address
  }
  const outsideAddress = (index: number) => `10.${net}.${index}.2`
  return {
    nodeAddress,
    outsideAddress,
    nodes: () => [...clusters].map(nodeAddress),
    filter(script) {
      const args = ['netns', 'exec', nodes, 'nft', '--file', '-']
      const { status, stderr } = spawnSync('ip', args, { input: script, encoding: 'utf8' })
      if (status !== 0) throw new Error(`Expected nft to take\n${script}\ngot ${stderr}`)
    },
    addPod(index) {
      const number = pods++
      const name = `${nodes}-${number}`
      const address = `10.${net}.${index}.${number + 10}`
      ip('netns', 'add', name)
      ip(
        '-n',
        name,
        'link',
        'add',
        'eth0',
        'type',
        'veth',
        'peer',
        'name',
        `pod${number}`,
        'netns',
        nodes,
      )
      ip('-n', nodes, 'link', 'set', `pod${number}`, 'master', 'bridge', 'up')
      ip('-n', name, 'addr', 'add', `${address}/16`, 'dev', 'eth0')
      ip('-n', name, 'link', 'set', 'lo', 'up')
      ip('-n', name, 'link', 'set', 'eth0', 'up')
      return { path: `/run/netns/${name}`, address, remove: () => ip('netns', 'delete', name) }
    },
    remove: () => removeNetworksOf(process.pid),
  }
}

/** Those of processes that are gone. */
function removeLeftNetworks(): void {
  for (const name of namespaces()) {
    const pid = Number(/^ddnn-(\d+)/.exec(name)?.[1])
    if (!existsSync(`/proc/${pid}`)) removeNetworksOf(pid)
  }
}

function removeNetworksOf(pid: number): void {
  const own = `${prefix}${pid}`
  for (const name of namespaces()) {
    if (name === own || name.startsWith(`${own}-`)) ip('netns', 'delete', name)
  }
}

const namespaces = (): readonly string[] =>
  existsSync('/run/netns') ? readdirSync('/run/netns').filter((name) => /^ddnn-\d+/.test(name)) : []

/** Second number of a 10.x.0.0/16 that nothing on this machine is in. */
function freeNet(): number {
  const taken = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.map((one) => one.address),
  )
  const routes = String(ip('route'))
  for (let net = 213; net > 100; net--) {
    const isTaken = taken.some((address) => address.startsWith(`10.${net}.`))
    if (!isTaken && !routes.includes(`10.${net}.`)) return net
  }
  throw new Error('Expected a free network among 10.100.0.0/16 to 10.213.0.0/16, got none')
}
