// A rolling update of a Deployment, as its controller does it: by the Deployment's own strategy, a new Pod
// counts when it has been ready for minReadySeconds, and only then an old one goes.
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { LocalCluster } from './cluster.ts'
import type { Deployment, Pod } from './objects.ts'
import type { RunningPod } from './running-pod.ts'

/**
 * Replaces `old` by Pods made by `next`, and resolves with those. Each old one must end with exit code 0
 * within its grace period.
 */
export async function rollOut(
  cluster: LocalCluster,
  deployment: Deployment,
  old: readonly RunningPod[],
  next: (index: number) => Pod,
): Promise<readonly RunningPod[]> {
  const { strategy, minReadySeconds = 0 } = deployment.spec
  assert.equal(strategy.type, 'RollingUpdate')
  const surge = countOf(strategy.rollingUpdate?.maxSurge, old.length, Math.ceil)
  const unavailable = countOf(strategy.rollingUpdate?.maxUnavailable, old.length, Math.floor)
  assert.equal(unavailable, 0, 'as many must serve during the update as before')
  assert.ok(surge > 0, 'without a surge and without one less nothing can be replaced')
  const made: RunningPod[] = []
  const left = [...old]
  while (left.length > 0) {
    const count = Math.min(surge, old.length - made.length)
    const added = await Promise.all(
      Array.from({ length: count }, (_, i) => cluster.startPod(next(made.length + i))),
    )
    await Promise.all(added.map((pod) => pod.untilReady()))
    await setTimeout(minReadySeconds * 1000)
    made.push(...added)
    for (const going of left.splice(0, count)) {
      assert.equal(await going.terminate(), 0, `${going.name}\n${going.running.output()}`)
    }
  }
  return made
}

/** A number, or a share of the replicas. */
function countOf(
  value: string | number | undefined,
  replicas: number,
  round: (value: number) => number,
): number {
  if (typeof value === 'number') return value
  return round((Number.parseFloat(value ?? '25%') / 100) * replicas)
}
