// Who decides how many Pods there are: nobody, an HPA or KEDA in turn by `sh run.sh`, never two of them, and
// never fewer Pods only because the decision changes hands. Then monitors, custom kinds too.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { runScript } from '../helpers/scripts.ts'
import { bringUp, replicas } from './bring-up.ts'
import {
  everything,
  makeKnown,
  makeUnknown,
  markNamespace,
  namespace,
  objects,
  takeCluster,
  type TestCluster,
} from './cluster.ts'
import { kubectl } from './kubectl.ts'

const scaledObjects = 'keda.sh_scaledobjects'
const serviceMonitors = 'monitoring.coreos.com_servicemonitors'

describe('autoscalers', { timeout: 290_000 }, () => {
  let cluster: TestCluster

  before(async () => {
    cluster = await takeCluster()
    await makeUnknown(scaledObjects)
    await makeUnknown(serviceMonitors)
    await bringUp()
    await markNamespace()
  })
  after(async () => {
    await makeUnknown(scaledObjects)
    await makeUnknown(serviceMonitors)
    await cluster.release()
  })

  test('hpa: the number of Pods stays what it was until the autoscaler decides', async () => {
    const [was] = (await objects('deployments')).filter(({ metadata }) => metadata.name === 'edge')
    await bringUp('--autoscaler', 'hpa')
    assert.deepEqual(await autoscalers(), ['cloud', 'edge', 'solo-cloud'])
    assert.deepEqual(await replicas(), { cloud: 1, edge: 8, 'solo-cloud': 1 })
    const [now] = (await objects('deployments')).filter(({ metadata }) => metadata.name === 'edge')
    // A change of the number, there and back, would have left its mark.
    assert.equal(now?.metadata.generation, was?.metadata.generation)
    const { stdout } = await bringUp('--autoscaler', 'hpa')
    assert.match(stdout, /Nothing changed/)
  })

  test('the autoscaler may change the number, and a second run lets it', async () => {
    await kubectl('--namespace', namespace, 'scale', 'deployment/edge', '--replicas=5')
    const { stdout } = await bringUp('--autoscaler', 'hpa')
    assert.match(stdout, /Nothing changed/)
    assert.equal((await replicas())['edge'], 5)
  })

  test('keda where KEDA is not installed is refused, saying what to install', async () => {
    const was = await everything()
    const { code, stderr } = await runScript('run.sh', ['--autoscaler', 'keda'])
    assert.equal(code, 1)
    assert.match(stderr, /Expected KEDA in the cluster .* got no scaledobjects\.keda\.sh/)
    assert.match(stderr, /https:\/\/keda\.sh/)
    assert.deepEqual(await everything(), was)
  })

  test('keda: its objects are taken, and the other autoscaler goes', async () => {
    await makeKnown(scaledObjects)
    await bringUp('--autoscaler', 'keda')
    const scaled = await objects('scaledobjects.keda.sh')
    assert.deepEqual(scaled.map(({ metadata }) => metadata.name).sort(), [
      'cloud',
      'edge',
      'solo-cloud',
    ])
    assert.deepEqual(await autoscalers(), [])
    assert.equal((await replicas())['edge'], 5)
  })

  test('without an autoscaler none is left, and the number is the overlay’s', async () => {
    await bringUp()
    assert.deepEqual(await objects('scaledobjects.keda.sh'), [])
    assert.deepEqual(await autoscalers(), [])
    assert.equal((await replicas())['edge'], 8)
  })

  test('--monitoring asks for the Prometheus operator, and is taken where it is', async () => {
    const refused = await runScript('run.sh', ['--monitoring'])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /Expected the Prometheus operator .* or|run without --monitoring/)
    await makeKnown(serviceMonitors)
    await bringUp('--monitoring')
    assert.equal((await objects('servicemonitors.monitoring.coreos.com')).length, 1)
    await bringUp()
    assert.deepEqual(await objects('servicemonitors.monitoring.coreos.com'), [])
  })
})

async function autoscalers(): Promise<readonly string[]> {
  return (await objects('hpa')).map(({ metadata }) => metadata.name).sort()
}
