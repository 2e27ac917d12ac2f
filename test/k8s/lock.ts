// One test at a time has the cluster: a Lease says which process, and is renewed while it lives.
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { kubectl, kubectlGiven } from './kubectl.ts'

const name = 'ddnn-test'
const renewEveryMs = 10_000
/** A holder that was killed renews no more. */
const leaseS = 45

/**
 * Waits for a holder that is about to go, and resolves with what gives the lock back.
 * @throws Error naming who holds it, where that one lives on
 */
export async function lockCluster(): Promise<() => Promise<void>> {
  const holder = `${hostname()}-${process.pid}`
  const deadline = performance.now() + (leaseS + renewEveryMs / 1000) * 1000
  while (!(await tryLock(holder))) {
    if (performance.now() > deadline) {
      throw new Error(
        `Expected the cluster to be free, got a test of process '${await field('holderIdentity')}' in it. ` +
          `Wait until it ends, or: kubectl --namespace default delete lease ${name}`,
      )
    }
    await setTimeout(1000)
  }
  const timer = setInterval(() => void renew().catch(() => {}), renewEveryMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await kubectl('--namespace', 'default', 'delete', 'lease', name, '--ignore-not-found')
  }
}

async function tryLock(holder: string): Promise<boolean> {
  const renewed = await field('renewTime')
  if (renewed !== '' && Date.now() - Date.parse(renewed) > leaseS * 1000) {
    await kubectl('--namespace', 'default', 'delete', 'lease', name, '--ignore-not-found')
  }
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'default' },
    spec: { holderIdentity: holder, leaseDurationSeconds: leaseS, renewTime: microTime() },
  }
  // To create is atomic: of two that try, one is told that the Lease is there.
  return kubectlGiven(JSON.stringify(lease), 'create', '--filename=-').then(
    () => true,
    (error: Error) => {
      if (error.message.includes('AlreadyExists')) return false
      throw error
    },
  )
}

async function renew(): Promise<void> {
  const patch = JSON.stringify({ spec: { renewTime: microTime() } })
  await kubectl('--namespace', 'default', 'patch', 'lease', name, '--type=merge', '--patch', patch)
}

function field(path: string): Promise<string> {
  const output = `--output=jsonpath={.spec.${path}}`
  return kubectl('--namespace', 'default', 'get', 'lease', name, '--ignore-not-found', output)
}

/** As the API server writes times of a Lease. */
export function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}
