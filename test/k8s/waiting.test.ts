// What `sh run.sh` says while it waits for Pods that cannot start, and how it ends. Where nodes are fakes, what
// only a real one could report (an image that is not there) is written into the status of a Pod that no node
// has taken.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { tempFolder } from '../helpers/cli.ts'
import { startScript } from '../helpers/scripts.ts'
import { until } from '../helpers/until.ts'
import { markNamespace, namespace, objects, takeCluster, type TestCluster } from './cluster.ts'
import { kubectl } from './kubectl.ts'
import { ownOverlay, patchOf } from './own-overlay.ts'

describe('run.sh while it waits', { timeout: 290_000 }, () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await takeCluster()
  })
  after(() => cluster.release())

  test('Pods that cannot start are explained once, and the run ends in time', async () => {
    const run = startScript('run.sh', [tooLarge(), '--timeout', '90'])
    await until('the tiers’ turn', () => run.output().includes('tiers: '), 80_000)
    await markNamespace()
    const [cloud = '', solo = ''] = (await waitingPods()).sort()
    await report(cloud, 'cloud', {
      waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "cloud:test"' },
    })
    await report(solo, 'solo-cloud', { waiting: { reason: 'CrashLoopBackOff' } }, 2)
    const { code, stdout, stderr } = await run.ended
    assert.equal(code, 1, stdout)
    assert.match(stdout, /cloud-\S+ is not ready: Unschedulable: .*Insufficient cpu/)
    assert.match(stdout, /Add nodes, or lower the requests/)
    assert.match(stdout, /is not ready: ImagePullBackOff: Back-off pulling image "cloud:test"/)
    assert.match(stdout, /--registry REGISTRY --tag TAG/)
    assert.match(stdout, /is not ready: CrashLoopBackOff: last exit code 2, Error/)
    assert.match(stdout, /logs solo-cloud-\S+ --container solo-cloud --previous/)
    assert.equal(stdout.match(/ImagePullBackOff/g)?.length, 1)
    assert.match(stderr, /Expected tiers to be ready within 90 s, got cloud 0\/1, solo-cloud 0\/1/)
  })

  test('Ctrl-C ends the run at once, and leaves no file', async () => {
    const folder = tempFolder()
    const run = startScript('run.sh', [tooLarge()], { env: { TMPDIR: folder } })
    await until('tiers', () => run.output().includes('tiers: '), 120_000)
    assert.equal(readdirSync(folder).length, 1)
    run.child.kill('SIGINT')
    const { code, stderr } = await run.ended
    assert.equal(code, 130)
    assert.match(stderr, /stopped by SIGINT.*run it again to go on/)
    assert.deepEqual(readdirSync(folder), [])
  })

  test('Pods that were called unready while their node was away count when it is back', async () => {
    const run = startScript('run.sh', ['cloud', '--timeout', '100'])
    assert.equal((await run.ended).code, 0, run.output())
    const tier = 'app.kubernetes.io/name=cloud'
    const [pod = ''] = (await kubectlIn('get', 'pods', '--selector', tier, '--output=name')).split(
      '\n',
    )
    const conditions = [{ type: 'Ready', status: 'False', reason: 'NodeNotReady' }]
    const status = JSON.stringify({ status: { conditions } })
    await kubectlIn('patch', pod, '--subresource=status', '--type=strategic', `--patch=${status}`)
    const ready = ['get', 'deployment', 'cloud', '--output=jsonpath={.status.readyReplicas}']
    await until('the Deployment to notice', async () => (await kubectlIn(...ready)) === '', 20_000)
    const again = startScript('run.sh', ['cloud', '--timeout', '30'])
    const { code, stdout } = await again.ended
    assert.equal(code, 0, again.output())
    assert.match(stdout, /Nothing changed/)
  })
})

/** The cloud's overlay, whose tiers ask for more than any node has. */
function tooLarge(): string {
  const resources = { requests: { cpu: '100k' }, limits: { cpu: '100k' } }
  const patches = ['cloud', 'solo-cloud'].map((name) =>
    patchOf('Deployment', name, {
      strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      template: { spec: { containers: [{ name, resources }] } },
    }),
  )
  return ownOverlay('cloud', { patches })
}

async function waitingPods(): Promise<string[]> {
  const pods = await objects('pods')
  return pods
    .filter(({ status }) => status?.phase === 'Pending')
    .map(({ metadata }) => metadata.name)
}

/** Writes a container's state into a Pod's status, as its node would. */
async function report(pod: string, name: string, state: object, exitCode = 0): Promise<void> {
  const terminated = { exitCode, reason: 'Error' }
  const container = { name, image: name, imageID: '', ready: false, restartCount: 0, state }
  const status = { containerStatuses: [{ ...container, lastState: { terminated } }] }
  await kubectl(
    ...['--namespace', namespace, 'patch', 'pod', pod, '--subresource=status', '--type=merge'],
    `--patch=${JSON.stringify({ status })}`,
  )
}

function kubectlIn(...args: readonly string[]): Promise<string> {
  return kubectl('--namespace', namespace, ...args)
}
