// What `sh run.sh` says when something stands in the way, by overlays of a user's own on a real API server:
// the cause, what to do, and an exit code. And what it renders from its options.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { tempFolder } from '../helpers/cli.ts'
import { runScript } from '../helpers/scripts.ts'
import { markNamespace, objects, takeCluster, type TestCluster } from './cluster.ts'
import { ownOverlay, patchOf } from './own-overlay.ts'

describe('run.sh and what stands in its way', { timeout: 290_000 }, () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await takeCluster()
  })
  after(() => cluster.release())

  for (const script of ['run.sh', 'delete.sh']) {
    test(`${script}: a cluster that does not answer is told, with the contexts there are`, async () => {
      const config = join(tempFolder(), 'kubeconfig')
      writeFileSync(config, JSON.stringify(kubeconfigOf('https://127.0.0.1:1')))
      const { code, stderr } = await runScript(script, [], { env: { KUBECONFIG: config } })
      assert.equal(code, 1)
      assert.match(stderr, /Expected a cluster that answers at https:\/\/127\.0\.0\.1:1, got: /)
      assert.match(stderr, /--context NAME \(contexts here: nobody /)
    })
  }

  test('a field that the API server does not know is refused', async () => {
    const overlay = ownOverlay('cloud', {
      patches: [
        patchOf('Deployment', 'cloud', { template: { spec: { restartPolici: 'Always' } } }),
      ],
    })
    const { code, stderr } = await runScript('run.sh', [overlay, '--dry-run'])
    assert.equal(code, 0, 'a namespace that is not there takes no dry run')
    assert.doesNotMatch(stderr, /restartPolici/)
    const real = await runScript('run.sh', [overlay, '--timeout', '60'])
    await markNamespace()
    assert.equal(real.code, 1)
    assert.deepEqual(await objects('statefulsets'), [], 'refused before anything is made')
    assert.match(real.stderr, /\.spec\.template\.spec\.restartPolici: field not declared in schema/)
    const again = await runScript('run.sh', [overlay, '--dry-run'])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /restartPolici/)
  })

  test('a setup Job that fails ends the run, and is made anew by the next one', async () => {
    const nowhere = { nodeSelector: { 'kubernetes.io/hostname': 'nowhere' } }
    const overlay = ownOverlay('cloud', {
      patches: [
        patchOf('Job', 'kafka-setup', { activeDeadlineSeconds: 3, template: { spec: nowhere } }),
      ],
    })
    const { code, stderr } = await runScript('run.sh', [overlay, '--timeout', '60'])
    assert.equal(code, 1)
    assert.match(stderr, /Expected Job kafka-setup to complete, got a failure/)
    assert.match(stderr, /kubectl .*logs job\/kafka-setup/)
    const next = await runScript('run.sh', ['cloud'])
    assert.equal(next.code, 0, next.stdout + next.stderr)
    assert.match(next.stdout, /made Job\/kafka-setup/)
  })

  test('hosts that the certificate does not bear are told, with how to renew it', async () => {
    const overlay = ownOverlay('cloud', {
      configMapGenerator: [
        {
          name: 'kafka-outside',
          behavior: 'merge',
          literals: ['kafka-1=kafka.mine.example:31091', 'kafka-2=192.0.2.7:31092'],
        },
      ],
    })
    const { code, stderr } = await runScript('run.sh', [overlay, '--dry-run'])
    assert.equal(code, 0, stderr)
    assert.match(stderr, /does not bear '192\.0\.2\.7', 'kafka\.mine\.example', by which/)
    assert.match(stderr, /delete secret kafka-tls/)
    assert.match(stderr, /holds addresses under ddnn\.example, which stand for yours/)
  })
})

describe('what run.sh renders', () => {
  test('images of a registry, and only those of ddnn', async () => {
    const args = ['--render', '--registry', 'registry.example/team/', '--tag', '1.2.3']
    const { stdout } = await runScript('run.sh', args)
    const images = [...stdout.matchAll(/^ +image: (.*)$/gm)].map(([, image]) => image)
    const ours = images.filter((image) => !image?.startsWith('apache/kafka:'))
    assert.deepEqual(ours.sort(), [
      'registry.example/team/cloud:1.2.3',
      'registry.example/team/edge:1.2.3',
      'registry.example/team/only-cloud:1.2.3',
    ])
    assert.equal(images.length - ours.length, 2)
  })

  test('another namespace, by the environment as by the option', async () => {
    const typed = await runScript('run.sh', ['cloud', '--namespace', 'elsewhere', '--render'])
    const env = { DDNN_K8S_OVERLAY: 'cloud', DDNN_K8S_NAMESPACE: 'elsewhere' }
    const given = await runScript('run.sh', ['--render'], { env })
    assert.equal(given.stdout, typed.stdout)
    const namespaces = [...typed.stdout.matchAll(/^ {2}namespace: (.*)$/gm)].map(([, name]) => name)
    assert.deepEqual(new Set(namespaces), new Set(['elsewhere']))
    assert.match(typed.stdout, /^kind: Namespace\nmetadata:\n(?: {2,}.*\n)*? {2}name: elsewhere$/m)
  })

  test('KEDA is led to the brokers of that namespace', async () => {
    const args = ['--autoscaler', 'keda', '--namespace', 'elsewhere', '--render']
    const { stdout } = await runScript('run.sh', args)
    const servers = [...stdout.matchAll(/^ +bootstrapServers: (.*)$/gm)].map(([, hosts]) => hosts)
    assert.deepEqual(new Set(servers), new Set(['kafka.elsewhere.svc:9092']))
  })

  test('kubectl may be two words', async () => {
    const KUBECTL = `env ${process.env['KUBECTL'] ?? 'kubectl'}`
    const { code, stdout, stderr } = await runScript('run.sh', ['--render'], { env: { KUBECTL } })
    assert.equal(code, 0, stderr)
    assert.match(stdout, /kind: StatefulSet/)
  })
})

function kubeconfigOf(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'nobody', cluster: { server } }],
    contexts: [{ name: 'nobody', context: { cluster: 'nobody' } }],
    'current-context': 'nobody',
  }
}
