// Pods of one namespace of the API server, run on this machine: each in a network namespace with its own
// address, found by the names that the Services give, asked by its own probes, ended as the kubelet ends it.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setInterval } from 'node:timers'
import { tempFolder } from '../../helpers/cli.ts'
import type { RunningContainer } from '../../helpers/container.ts'
import { openFiles, type Files } from './images.ts'
import { hostsOf } from './names.ts'
import type { Network, PodNetwork } from './network.ts'
import { serveNodePorts, type NodePorts } from './node-ports.ts'
import { isSelected, type NamespaceObjects, type Pod, type PodContainer } from './objects.ts'
import { onlyContainer, startPodContainer } from './pod-container.ts'
import { rulesOf } from './policies.ts'
import { ask, portOf, untilPassing } from './probes.ts'

export interface RunningPod {
  readonly pod: Pod
  readonly name: string
  readonly address: string
  readonly running: RunningContainer
  /** Resolves when startup and readiness probe have passed. */
  untilReady(): Promise<void>
  /** SIGTERM, and SIGKILL after terminationGracePeriodSeconds. Resolves with its exit code. */
  terminate(): Promise<number | null>
}

export interface LocalCluster {
  readonly objects: NamespaceObjects
  /** Address of the nodes, where NodePorts are. */
  readonly nodeAddress: string
  startPod(pod: Pod): Promise<RunningPod>
  /** Runs a Pod to its end and resolves with what it wrote. Rejects where it fails. */
  runPod(pod: Pod): Promise<string>
  /** As a Pod looks a name up. @throws Error where no Pod would find it */
  lookUp(name: string): string
  /** In words, by image: where the files of what ran come from. */
  forms(): ReadonlyMap<string, string>
  /** Liveness probes that failed as often as the kubelet allows, with the Pod's name. */
  readonly killed: readonly string[]
  remove(): Promise<void>
}

export interface ClusterOptions {
  /** Tells clusters of one network apart; default 0. */
  readonly index?: number
  /** Lines of a hosts file: names outside the cluster that its Pods may ask by. */
  readonly hosts?: string
}

export async function createCluster(
  objects: NamespaceObjects,
  network: Network,
  { index = 0, hosts = '' }: ClusterOptions = {},
): Promise<LocalCluster> {
  const folder = tempFolder()
  const pods = new Set<MutablePod>()
  const images = new Map<string, Promise<Files>>()
  const forms = new Map<string, string>()
  const killed: string[] = []
  const nodeAddress = network.nodeAddress(index)
  let started = 0

  let names = ''
  const tellNetwork = () => {
    names = hostsOf(objects.namespace, objects.services, [...pods])
    for (const { pod, address, hostsFile } of pods) {
      const own = `127.0.0.1 localhost\n${address} ${pod.metadata.name}\n`
      writeFileSync(hostsFile, `${own}${names}${hosts}`)
    }
    network.filter(rulesOf(`policies${index}`, objects, [...pods], network.nodes()))
  }

  const filesOf = async (image: string) => {
    const opened = images.get(image) ?? openFiles(image)
    images.set(image, opened)
    const files = await opened
    forms.set(image, files.form)
    return files
  }

  const start = async (pod: Pod): Promise<MutablePod & RunningPod> => {
    const container = onlyContainer(pod)
    const files = await filesOf(container.image)
    const net = network.addPod(index)
    // A broker that comes back finds its volumes by its name; others get new ones.
    const place = pod.spec.hostname ?? `${pod.metadata.name}-${started++}`
    const own = join(folder, place)
    mkdirSync(own, { recursive: true })
    const hostsFile = join(folder, `${place}.hosts`)
    const state = { pod, address: net.address, hostsFile, isReady: false }
    pods.add(state)
    tellNetwork()
    const running = startPodContainer(pod, objects, files, {
      network: net.path,
      hostsFile,
      folder: own,
    })
    return watchPod(state, {
      running,
      container,
      net,
      killed,
      tellNetwork,
      gone: () => pods.delete(state),
    })
  }

  const ports: NodePorts = await serveNodePorts(
    { address: nodeAddress, source: network.outsideAddress(index) },
    objects.services,
    (service, target) => {
      const found = [...pods].find(({ pod }) => isSelected(pod, service.spec.selector))
      if (found === undefined) return undefined
      return { host: found.address, port: portOf(onlyContainer(found.pod), target) }
    },
  )

  const all = new Set<RunningPod>()
  return {
    objects,
    nodeAddress,
    killed,
    forms: () => forms,
    lookUp(name) {
      const lines = names.split('\n').map((line) => line.split(' '))
      const address = lines.find((words) => words.slice(1).includes(name))?.[0]
      if (address === undefined) throw new Error(`Expected '${name}' to be a name, got\n${names}`)
      return address
    },
    async startPod(pod) {
      const one = await start(pod)
      all.add(one)
      return one
    },
    async runPod(pod) {
      const { running } = await start(pod)
      const { code, stdout, stderr } = await running.ended
      assert.equal(code, 0, `${pod.metadata.name} ended with ${code}\n${stdout}\n${stderr}`)
      return stdout
    },
    async remove() {
      await Promise.all([...all].map(({ running }) => running.stop('SIGKILL').catch(() => {})))
      await ports.close()
      for (const files of images.values()) await (await files).remove()
    },
  }
}

interface MutablePod {
  readonly pod: Pod
  readonly address: string
  readonly hostsFile: string
  isReady: boolean
}

interface Watched {
  readonly running: RunningContainer
  readonly container: PodContainer
  readonly net: PodNetwork
  readonly killed: string[]
  tellNetwork(): void
  gone(): void
}

function watchPod(state: MutablePod, watched: Watched): MutablePod & RunningPod {
  const { running, container, net, killed } = watched
  const { pod, address } = state
  const { name } = pod.metadata
  let hasEnded = false
  let liveness: NodeJS.Timeout | undefined
  const change = (isReady: boolean) => {
    state.isReady = isReady
    watched.tellNetwork()
  }
  void running.ended.then(() => {
    hasEnded = true
    clearInterval(liveness)
    watched.gone()
    change(false)
    net.remove()
  })
  const watchLiveness = () => {
    const { livenessProbe: probe } = container
    if (probe === undefined || liveness !== undefined) return
    let failed = 0
    liveness = setInterval(() => {
      void ask(probe, container, address).then((why) => {
        failed = why === undefined ? 0 : failed + 1
        if (failed === probe.failureThreshold && !hasEnded) killed.push(`${name}: ${why}`)
      })
    }, probe.periodSeconds * 1000)
    liveness.unref()
  }
  const withOutput = async (passing: Promise<void>) =>
    passing.catch((error: Error) => {
      throw new Error(`${name}: ${error.message}\n${running.output().slice(-8000)}`)
    })
  return Object.assign(state, {
    name,
    running,
    async untilReady() {
      const { startupProbe, readinessProbe } = container
      const options = { hasEnded: () => hasEnded }
      if (startupProbe !== undefined) {
        await withOutput(untilPassing(startupProbe, container, address, options))
      }
      watchLiveness()
      if (readinessProbe !== undefined) {
        // The kubelet asks for ever; what is not ready by then will not be.
        const patient = { ...options, withinMs: 120_000 }
        await withOutput(untilPassing(readinessProbe, container, address, patient))
      }
      change(true)
    },
    async terminate() {
      clearInterval(liveness)
      change(false)
      const graceMs = pod.spec.terminationGracePeriodSeconds * 1000
      const late = setTimeout(() => void running.stop('SIGKILL').catch(() => {}), graceMs)
      const { code, signal } = await running.stop('SIGTERM')
      clearTimeout(late)
      return signal === null ? code : null
    },
  })
}
