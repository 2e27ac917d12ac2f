// One cluster that becomes each overlay in turn by `sh run.sh`: what comes, what goes, what is refused
// before anything is changed. The overlay of the edge takes its access to the cloud from this same cluster.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { runScript } from '../helpers/scripts.ts'
import { bringUp, replicas } from './bring-up.ts'
import { everything, markNamespace, objects, takeCluster, type TestCluster } from './cluster.ts'

describe('overlays', { timeout: 290_000 }, () => {
  let cluster: TestCluster

  before(async () => {
    cluster = await takeCluster()
  })
  after(() => cluster.release())

  test('the edge without access to the cloud is told how to get it, before anything is made', async () => {
    const was = await everything()
    const { code, stderr } = await runScript('run.sh', ['edge'])
    assert.equal(code, 1)
    assert.match(stderr, /Expected Secret 'front-access' in namespace 'ddnn'.*got none/)
    assert.match(stderr, /sh run\.sh edge --cloud-context NAME/)
    assert.match(stderr, /get secret kafka-tls .*> ca\.crt/)
    assert.match(stderr, /create secret generic front-access .*--from-file=password/)
    assert.deepEqual(await everything(), was)
  })

  test('cloud: a user for devices and one for edge clusters, no edge', async () => {
    await bringUp('cloud')
    await markNamespace()
    assert.deepEqual(await replicas(), { cloud: 1, 'solo-cloud': 1 })
    assert.deepEqual(Object.keys(await secretData('kafka-users')), ['device', 'edge'])
  })

  test('--dry-run names what an overlay would make, change and remove', async () => {
    const { code, stdout, stderr } = await runScript('run.sh', ['--dry-run'])
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /^ {2}would make Deployment\/edge$/m)
    assert.match(stdout, /^ {2}would change ConfigMap\/kafka-setup$/m)
    assert.match(stdout, /^ {2}would make Job\/kafka-setup \(anew\)$/m)
    assert.match(stdout, /^ {2}would remove configmap\/kafka-outside-/m)
    const same = await runScript('run.sh', ['cloud', '--dry-run'])
    assert.match(same.stdout, /^ {2}nothing would change$/m)
  })

  test('edge: the access is copied from the cloud cluster, other tiers go', async () => {
    const { stdout } = await bringUp('edge', '--cloud-context', cluster.context)
    assert.match(stdout, /^ {2}made Secret\/front-access$/m)
    assert.match(stdout, /^ {2}removed deployment\.apps\/cloud \(not part of this overlay\)$/m)
    assert.deepEqual(await replicas(), { edge: 8 })
    const access = await secretData('front-access')
    const tls = await secretData('kafka-tls')
    const users = await secretData('kafka-users')
    assert.equal(access['ca.crt'], tls['ca.crt'])
    assert.equal(access['password'], users['edge'])
    assert.equal(access['username'], Buffer.from('edge').toString('base64'))
  })

  test('single: the setup Job runs again, since other topics are asked for', async () => {
    const [before] = await objects('jobs')
    await bringUp()
    const [now] = await objects('jobs')
    assert.notEqual(now?.metadata.uid, before?.metadata.uid)
    assert.equal(now?.status?.succeeded, 1)
    assert.deepEqual(await replicas(), { cloud: 1, edge: 8, 'solo-cloud': 1 })
  })
})

async function secretData(name: string): Promise<Readonly<Record<string, string>>> {
  const secret = (await objects('secrets')).find(({ metadata }) => metadata.name === name)
  assert.ok(secret, `Secret ${name}`)
  return secret.data ?? {}
}
