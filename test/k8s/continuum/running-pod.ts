// A Pod that runs: asked by its own probes, ended as the kubelet ends it.
import { setInterval } from 'node:timers'
import type { RunningContainer } from '../../helpers/container.ts'
import type { Pod, PodContainer } from './objects.ts'
import { ask, untilPassing } from './probes.ts'

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

/** What the network knows of it. */
export interface PodState {
  readonly pod: Pod
  readonly address: string
  readonly hostsFile: string
  isReady: boolean
}

interface Watched {
  readonly running: RunningContainer
  readonly container: PodContainer
  /** Gets the Pods that a kubelet would have restarted. */
  readonly killed: string[]
  /** Called when `isReady` has changed. */
  changed(): void
  /** Called once it has ended. */
  gone(): void
}

/** What is to be done with a Pod whose container was just started. */
export function watchPod(state: PodState, watched: Watched): PodState & RunningPod {
  const { running, container, killed } = watched
  const { pod, address } = state
  const { name } = pod.metadata
  let hasEnded = false
  let liveness: NodeJS.Timeout | undefined
  const change = (isReady: boolean) => {
    state.isReady = isReady
    watched.changed()
  }
  void running.ended.then(() => {
    hasEnded = true
    clearInterval(liveness)
    state.isReady = false
    watched.gone()
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
