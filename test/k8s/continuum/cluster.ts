// Pods of one namespace of the API server, run on this machine: each in a network namespace with its own
// address, found by the names that the Services give, reached where the policies allow it.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '../../helpers/cli.ts'
import { openFiles, type Files } from './images.ts'
import { hostsOf } from './names.ts'
import type { Network } from './network.ts'
import { serveNodePorts, type NodePorts } from './node-ports.ts'
import { isSelected, type NamespaceObjects, type Pod } from './objects.ts'
import { onlyContainer, startPodContainer } from './pod-container.ts'
import { rulesOf } from './policies.ts'
import { portOf } from './probes.ts'
import { watchPod, type PodState, type RunningPod } from './running-pod.ts'

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
  const pods = new Set<PodState>()
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

  const start = async (pod: Pod): Promise<PodState & RunningPod> => {
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
      killed,
      changed: tellNetwork,
      gone() {
        pods.delete(state)
        tellNetwork()
        net.remove()
      },
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
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
