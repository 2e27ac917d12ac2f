// A device outside the clusters: a process in a network of its own, which knows no more than host names,
// an authority and a password. What it gets back is held against a local run of the same models.
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rowsByFile, writableFolder, type Samples } from '../../containers/setup.ts'
import { answerOfRow, runCli, tempFolder, type CsvRow } from '../../helpers/cli.ts'
import { startBundle } from '../../helpers/container.ts'
import { valuesOf } from '../../helpers/kubernetes.ts'
import { repoPath } from '../../helpers/paths.ts'
import type { LocalCluster } from './cluster.ts'
import { checkoutFiles, readOnly } from './images.ts'
import type { Network } from './network.ts'
import type { NamespaceObjects } from './objects.ts'
import { runtimeSpec } from './runtime-spec.ts'

export interface Asked {
  readonly requests: string
  readonly replies: string
  readonly samples: Samples
}

/** Host and port of each broker for clients outside, as its ConfigMap names them. */
export function outsideAddresses(objects: NamespaceObjects): readonly string[] {
  const name = [...objects.configMaps.keys()].find((one) => one.startsWith('kafka-outside'))
  return Object.values(valuesOf(objects.configMaps, 'ConfigMap', name ?? 'kafka-outside'))
}

/** Lines of a hosts file: the outside names lead to the nodes. */
export function outsideHosts(cluster: LocalCluster): string {
  const hosts = outsideAddresses(cluster.objects).map((address) => address.replace(/:\d+$/, ''))
  return [...new Set(hosts)].map((host) => `${cluster.nodeAddress} ${host}\n`).join('')
}

/** Asks as user `device` by the outside listener; resolves with the rows, by file. */
export async function askOutside(
  cluster: LocalCluster,
  network: Network,
  { requests, replies, samples }: Asked,
): Promise<ReadonlyMap<string, CsvRow>> {
  const { secrets } = cluster.objects
  const access = tempFolder()
  const results = writableFolder()
  writeFileSync(join(access, 'ca.crt'), valuesOf(secrets, 'Secret', 'kafka-tls')['ca.crt'] ?? '')
  writeFileSync(
    join(access, 'password'),
    valuesOf(secrets, 'Secret', 'kafka-users')['device'] ?? '',
  )
  chmodSync(access, 0o755)
  const hosts = join(tempFolder(), 'hosts')
  writeFileSync(hosts, outsideHosts(cluster))
  const net = network.addPod(200)
  const files = checkoutFiles([])
  const brokers = outsideAddresses(cluster.objects).join()
  const flags = [
    ...['--name', 'device', '-i', '/samples/images', '-l', '/samples/labels.txt'],
    ...['-o', '/results/results.csv', '--no-create-topics', '--height', '32', '--width', '32'],
    ...['--producer-front', brokers, '--producer-front-topic', requests],
    ...['--consumer-front', brokers, '--consumer-front-topic', replies],
    ...['--front-ssl-ca', '/access/ca.crt', '--front-sasl-mechanism', 'scram-sha-512'],
    ...['--front-sasl-username', 'device', '--front-sasl-password-file', '/access/password'],
  ]
  const { ended } = startBundle(
    tempFolder(),
    runtimeSpec({
      hostname: 'device',
      args: ['node', 'dist/main.js', ...flags],
      env: { PATH: '/opt/node/bin:/usr/bin:/bin' },
      cwd: '/app',
      user: { uid: 1000, gid: 1000 },
      rootfs: files.rootfs,
      mounts: [
        ...files.mounts,
        readOnly(hosts, '/etc/hosts'),
        readOnly(samples.folder, '/samples'),
        readOnly(access, '/access'),
        { source: results, target: '/results', isWritable: true },
      ],
      network: net.path,
    }),
    600_000,
  )
  const { code, stdout, stderr } = await ended
  net.remove()
  assert.equal(code, 0, `the device ended with ${code}\n${stdout}\n${stderr}`)
  return rowsByFile(results, 'results.csv')
}

/** What the same models say of the same images in one process. */
export async function askLocally(samples: Samples): Promise<ReadonlyMap<string, CsvRow>> {
  const results = tempFolder()
  const folders = ['edge', 'fog', 'cloud'].map((name) => repoPath('saved_models', 'cifar10', name))
  const { code, stderr } = await runCli([
    ...['--name', 'local', '-i', join(samples.folder, 'images')],
    ...['-l', join(samples.folder, 'labels.txt'), '-o', join(results, 'local.csv')],
    ...['--models', ...folders],
  ])
  assert.equal(code, 0, stderr)
  return rowsByFile(results, 'local.csv')
}

/** Every image answered once, by no fallback, and each answer that of the local run at the tier it names. */
export function assertAnswers(
  rows: ReadonlyMap<string, CsvRow>,
  local: ReadonlyMap<string, CsvRow>,
  tierOf: (localExit: string) => string,
): void {
  assert.deepEqual([...rows.keys()], [...local.keys()])
  const exits = new Set<string>()
  for (const [file, row] of rows) {
    const expected = local.get(file) ?? {}
    assert.equal(row['Error'], '', file)
    assert.equal(row['Fallback'], 'false', file)
    assert.equal(
      answerOfRow(row),
      answerOfRow(expected),
      `${file}: ${JSON.stringify({ row, expected })}`,
    )
    assert.equal(row['Exit'], tierOf(expected['Exit'] ?? ''), file)
    const difference = Math.abs(Number(row['Confidence']) - Number(expected['Confidence']))
    assert.ok(difference < 1e-3, `${file}: ${row['Confidence']}, ${expected['Confidence']}`)
    exits.add(row['Exit'] ?? '')
  }
  const tiers = new Set([...local.values()].map((row) => tierOf(row['Exit'] ?? '')))
  assert.deepEqual([...exits].sort(), [...tiers].sort(), 'every tier answers some')
}
