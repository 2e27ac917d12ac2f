// Asks a container by the probes of its Pod, as the kubelet does, at the Pod's address.
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { FullProbe, PodContainer } from './objects.ts'

/** What one asking came to: undefined where the probe passes, else why not. */
export async function ask(
  probe: FullProbe,
  container: PodContainer,
  address: string,
): Promise<string | undefined> {
  const { httpGet, tcpSocket, timeoutSeconds } = probe
  const target = httpGet?.port ?? tcpSocket?.port
  if (target === undefined) throw new Error('Expected a probe by httpGet or tcpSocket')
  const port = portOf(container, target)
  const timeoutMs = timeoutSeconds * 1000
  if (httpGet === undefined) return askByConnecting(address, port, timeoutMs)
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await fetch(`http://${address}:${port}${httpGet.path}`, { signal })
    const text = await answer.text()
    return answer.ok ? undefined : `${answer.status} ${text}`
  } catch (error) {
    return String((error as Error).cause ?? error)
  }
}

/** Number of a port that may be given by its name. @throws Error where the container has none such */
export function portOf(container: PodContainer, target: string | number): number {
  if (typeof target === 'number') return target
  const port = container.ports?.find(({ name }) => name === target)?.containerPort
  if (port === undefined) throw new Error(`Expected '${container.name}' to have a port '${target}'`)
  return port
}

function askByConnecting(host: string, port: number, timeoutMs: number) {
  return new Promise<string | undefined>((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const end = (why?: string) => {
      socket.destroy()
      resolve(why)
    }
    socket.once('connect', () => end())
    socket.once('timeout', () => end('no answer in time'))
    socket.once('error', (error) => end(error.message))
  })
}

/**
 * Resolves when the probe passes, however often that takes to ask; rejects when it has failed for as long
 * as the kubelet would wait (`failureThreshold` periods), or `hasEnded` says that there is nothing to ask.
 */
export async function untilPassing(
  probe: FullProbe,
  container: PodContainer,
  address: string,
  options: { readonly withinMs?: number; readonly hasEnded: () => boolean },
): Promise<void> {
  const limit = options.withinMs ?? probe.failureThreshold * probe.periodSeconds * 1000
  const deadline = performance.now() + limit
  for (;;) {
    const why = await ask(probe, container, address)
    if (why === undefined) return
    if (options.hasEnded()) throw new Error(`Expected '${container.name}' to run, it ended`)
    if (performance.now() > deadline) {
      throw new Error(`Expected '${container.name}' to pass a probe within ${limit} ms, got ${why}`)
    }
    await setTimeout(200)
  }
}
