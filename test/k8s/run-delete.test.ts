// `sh run.sh`, again `sh run.sh`, `sh delete.sh` against a real API server, as a user calls them: what is
// made, that a second run changes nothing, and what is left.
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { runScript } from '../helpers/scripts.ts'
import {
  apply,
  everything,
  markNamespace,
  namespace,
  objects,
  takeCluster,
  type ClusterObject,
  type TestCluster,
} from './cluster.ts'
import { kubectl } from './kubectl.ts'

describe('run.sh and delete.sh', { timeout: 290_000 }, () => {
  let cluster: TestCluster
  let atFirst: readonly string[] = []
  let secretsAtFirst: ReadonlyMap<string, string> = new Map()

  before(async () => {
    cluster = await takeCluster()
    atFirst = await everything()
  })
  after(() => cluster.release())

  test('--dry-run says what would be made, and makes nothing', async () => {
    const { code, stdout, stderr } = await runScript('run.sh', ['--dry-run'])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /would make Secret kafka-tls/)
    assert.match(stdout, /would make statefulset\.apps\/kafka/)
    assert.deepEqual(await everything(), atFirst)
  })

  test('sh run.sh brings all up and waits until it is ready', async () => {
    const { code, stdout, stderr } = await runScript('run.sh', [])
    assert.equal(code, 0, stdout + stderr)
    await markNamespace()
    assert.match(stdout, /tiers: cloud 1\/1, edge 8\/8, solo-cloud 1\/1/)
    assert.match(stdout, /All is ready/)
    assert.deepEqual(countByName(await runningPods()), {
      cloud: 1,
      edge: 8,
      kafka: 3,
      'solo-cloud': 1,
    })
    const [setup] = await objects('jobs')
    assert.equal(setup?.status?.succeeded, 1)
    secretsAtFirst = await secrets()
  })

  test('everything of the overlay is there, as it was rendered', async () => {
    const { stdout } = await runScript('run.sh', ['--render'])
    const rendered = [
      ...stdout.matchAll(/^kind: (\w+)\nmetadata:\n(?: {2,}.*\n)*? {2}name: (\S+)/gm),
    ]
    assert.ok(rendered.length > 30)
    const there = new Set(await everything())
    for (const [, kind, name] of rendered) {
      const object = kind === 'Namespace' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
      assert.ok(there.has(object), object)
    }
  })

  test('the brokers have a certificate for the names by which clients outside reach them', async () => {
    const tls = await secretValues('kafka-tls')
    const authority = new X509Certificate(tls['ca.crt'] ?? '')
    const certificate = new X509Certificate(tls['broker.pem'] ?? '')
    assert.ok(authority.ca)
    assert.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey))
    assert.equal(certificate.checkHost('localhost'), 'localhost')
    assert.equal(
      certificate.checkHost(`kafka-2.kafka.${namespace}.svc`),
      `kafka-2.kafka.${namespace}.svc`,
    )
    assert.equal(certificate.checkHost('elsewhere.example'), undefined)
    // The key stands in the same file, in the one form that Kafka reads, and is the certificate's.
    assert.match(tls['broker.pem'] ?? '', /^-----BEGIN PRIVATE KEY-----/)
    const key = createPublicKey(createPrivateKey(tls['broker.pem'] ?? ''))
    assert.ok(certificate.publicKey.equals(key))
  })

  test('the other Secrets are in the form that Kafka and the setup Job read', async () => {
    const { 'cluster-id': id = '' } = await secretValues('kafka-cluster')
    assert.match(id, /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
    assert.equal(Buffer.from(id, 'base64url').length, 16)
    const users = await secretValues('kafka-users')
    assert.deepEqual(Object.keys(users), ['device'])
    assert.match(users['device'] ?? '', /^[A-Za-z0-9_-]{40,}$/)
  })

  test('again sh run.sh changes nothing, and says so', async () => {
    const was = await states()
    const { code, stdout, stderr } = await runScript('run.sh', [])
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /All is ready\. Nothing changed\./)
    assert.doesNotMatch(stdout, /^ {2}(made|changed|removed) /m)
    assert.deepEqual(await states(), was)
  })

  test('what was changed by hand is set back, and only that', async () => {
    await kubectl('--namespace', namespace, 'delete', 'service', 'edge')
    await kubectl('--namespace', namespace, 'scale', 'deployment/edge', '--replicas=3')
    const { code, stdout, stderr } = await runScript('run.sh', [])
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /^ {2}made Service\/edge$/m)
    assert.match(stdout, /^ {2}changed Deployment\/edge$/m)
    assert.match(stdout, /2 objects changed/)
    assert.equal(countByName(await runningPods())['edge'], 8)
  })

  test('a certificate that was deleted is made anew by the same authority', async () => {
    const { 'ca.crt': authority } = await secretValues('kafka-tls')
    await kubectl('--namespace', namespace, 'delete', 'secret', 'kafka-tls')
    const { code, stdout, stderr } = await runScript('run.sh', [])
    assert.equal(code, 0, stdout + stderr)
    const renewed = await secretValues('kafka-tls')
    assert.equal(renewed['ca.crt'], authority)
    assert.ok(
      new X509Certificate(renewed['broker.pem'] ?? '').checkIssued(
        new X509Certificate(authority ?? ''),
      ),
    )
    secretsAtFirst = await secrets()
  })

  test('sh delete.sh leaves only the data and what belongs to them', async () => {
    const { code, stdout, stderr } = await runScript('delete.sh', [])
    assert.equal(code, 0, stdout + stderr)
    assert.deepEqual(newSince(atFirst, await everything()), [
      'ConfigMap ddnn/kube-root-ca.crt',
      'Namespace ddnn',
      ...[0, 1, 2].map((broker) => `PersistentVolumeClaim ddnn/data-kafka-${broker}`),
      ...['kafka-ca', 'kafka-cluster', 'kafka-tls', 'kafka-users'].map(
        (name) => `Secret ddnn/${name}`,
      ),
      'ServiceAccount ddnn/default',
    ])
    assert.match(stdout, /Kept in namespace 'ddnn'/)
    assert.match(stdout, /persistentvolumeclaim\/data-kafka-2/)
    assert.match(stdout, /sh delete\.sh --data/)
    // Tiers end while their brokers still run, so that they answer what they have.
    assert.ok(
      stdout.indexOf('removed deployment.apps/edge') <
        stdout.indexOf('removed statefulset.apps/kafka'),
    )
  })

  test('again sh delete.sh says that nothing runs', async () => {
    const { code, stdout, stderr } = await runScript('delete.sh', [])
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /Nothing of ddnn runs in namespace 'ddnn'/)
    assert.doesNotMatch(stdout, /^ {2}removed /m)
  })

  test('sh run.sh goes on with the data that were kept', async () => {
    const claims = new Map(
      (await objects('pvc')).map(({ metadata }) => [metadata.name, metadata.uid]),
    )
    const { code, stdout, stderr } = await runScript('run.sh', [])
    assert.equal(code, 0, stdout + stderr)
    assert.deepEqual(await secrets(), secretsAtFirst)
    for (const { metadata } of await objects('pvc')) {
      assert.equal(metadata.uid, claims.get(metadata.name), metadata.name)
    }
  })

  test("sh delete.sh --data leaves what is not ddnn's, and the namespace with it", async () => {
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'foreign', namespace } })
    const { code, stdout, stderr } = await runScript('delete.sh', ['--data'])
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /kept namespace\/ddnn: .*configmap\/foreign/)
    assert.deepEqual(newSince(atFirst, await everything()), [
      'ConfigMap ddnn/foreign',
      'ConfigMap ddnn/kube-root-ca.crt',
      'Namespace ddnn',
      'ServiceAccount ddnn/default',
    ])
  })

  test('sh delete.sh --data leaves nothing at all', async () => {
    await kubectl('--namespace', namespace, 'delete', 'configmap', 'foreign')
    const { code, stdout, stderr } = await runScript('delete.sh', ['--data'])
    assert.equal(code, 0, stdout + stderr)
    assert.deepEqual(await everything(), atFirst)
    const again = await runScript('delete.sh', ['--data'])
    assert.equal(again.code, 0, again.stderr)
    assert.match(again.stdout, /^Nothing is there: /)
  })
})

function newSince(before: readonly string[], now: readonly string[]): readonly string[] {
  assert.deepEqual(
    before.filter((object) => !now.includes(object)),
    [],
  )
  return now.filter((object) => !before.includes(object))
}

async function runningPods(): Promise<readonly ClusterObject[]> {
  return (await objects('pods')).filter(({ status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    return status?.phase === 'Running' && ready?.status === 'True'
  })
}

/** Pods by what they are of. */
function countByName(pods: readonly ClusterObject[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { metadata } of pods) {
    const name = metadata.labels?.['app.kubernetes.io/name'] ?? '?'
    counts[name] = (counts[name] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(counts).sort())
}

/**
 * What a run must not touch: the identity of every object, and what was written last of those that only
 * people and scripts write.
 */
async function states(): Promise<Readonly<Record<string, string>>> {
  const kinds = [
    'pods',
    'services',
    'secrets',
    'configmaps',
    'pvc',
    'jobs',
    'deployments',
    'statefulsets',
  ]
  const entries = (await objects(...kinds, 'serviceaccounts', 'networkpolicies', 'pdb')).map(
    ({ kind, metadata, status }) => {
      const written = status === undefined ? metadata.resourceVersion : metadata.generation
      return [`${kind}/${metadata.name}`, `${metadata.uid} ${written}`] as const
    },
  )
  return Object.fromEntries(entries)
}

async function secrets(): Promise<ReadonlyMap<string, string>> {
  const found = await objects('secrets')
  return new Map(found.map(({ metadata, data }) => [metadata.name, JSON.stringify(data)]))
}

async function secretValues(name: string): Promise<Record<string, string>> {
  const secret = (await objects('secrets')).find(({ metadata }) => metadata.name === name)
  assert.ok(secret, `Secret ${name}`)
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]),
  )
}
