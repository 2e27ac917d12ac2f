// `ddnn manifests`: what a container is told is what `ddnn up` tells its process; a small file as a golden one; and
// what a container cannot do is refused with words.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { parse } from 'yaml'
import type { Config } from '../../../src/cli/config.ts'
import { flagsOf } from '../../../src/cli/flags.ts'
import { parseCommandLine } from '../../../src/cli/parse.ts'
import { resolveProcess } from '../../../src/cli/resolve-process.ts'
import { readVersion } from '../../../src/cli/version.ts'
import { deploymentText, shippedTiers } from '../../../src/serving/deployment/deployment-text.ts'
import { processesOf } from '../../../src/serving/deployment/processes-of.ts'
import { readDeployment } from '../../../src/serving/deployment/read-deployment.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { readServices, type Service } from '../../helpers/compose-file.ts'
import { deploymentFile, madeOf, objectsOf } from '../../helpers/deployments.ts'
import {
  configMapsOf,
  environmentOf,
  ofKind,
  oneOf,
  type Manifest,
  type Workload,
} from '../../helpers/kubernetes.ts'
import { repoPath } from '../../helpers/paths.ts'

const access = tempFolder()
const pem = join(access, 'ca.pem')
writeFileSync(pem, String(rootCertificates[0]))
const tokens = join(access, 'tokens')
writeFileSync(tokens, 'secret\n')

/** Every way in which flags travel: numbers, switches, files, passwords, links of their own, lists. */
const full = deploymentFile(`
kafka: { brokers: 'kafka.kafka:9092', partitions: 4 }
tiers:
  - name: edge
    models: shipped/edge
    replicas: 3
    flags: { threshold: 0.5, tensorflow: true, create-topics: false, http-port: 9999, log-format: pretty }
  - name: fog
    models: shipped/fog
    flags:
      start-timeout-ms: 1000
      http-token-file: ${tokens}
      grpc-port: 9001
      front-ssl-ca: ${pem}
      front-sasl-mechanism: scram-sha-512
      front-sasl-username: fog
      front-sasl-password: $ecret 1
      t: -1
  - name: cloud
    models: [shipped/cloud]
links:
  - { between: [edge, fog], requests: asked, replies: answered, flags: { feature-codec: int8 } }
  - { between: [fog, cloud], brokers: [k1.example.com:9094, k2.example.com:9094] }
door:
  http-port: 80
  grpc-port: 90
  flags: { http-token-file: ${tokens}, http-host: 127.0.0.1, model-name: five }
`)

const passwords = { 'front-sasl-password': '$ecret 1' }

/** What a container's environment means, once its files are where their Secret would have them. */
function configOf(environment: Readonly<Record<string, string>>): Config {
  const local = Object.entries(environment).map(([name, value]) => {
    const file = value.replace(/^\/etc\/ddnn\/access\/.*-token-file$/, tokens)
    return [name, file.replace(/^\/etc\/ddnn\/access\/.*-ca$/, pem)]
  })
  const { config, problems } = resolveProcess([], Object.fromEntries(local) as Record<string, string>) // prettier-ignore
  assert.deepEqual(problems, [])
  assert.ok(config)
  return config
}

/** What a container has in its own way is left out; the rest must be what `up` says. */
function alike(config: Config | undefined) {
  assert.ok(config)
  const { door, topics, role } = config
  // A tier has a page of health in a container, and none by itself.
  const isAsked = door !== undefined && (role === 'gateway' || door.tokenFile !== undefined)
  return {
    ...{ ...config, http: undefined, models: [], ordinal: undefined },
    ...{ startTimeoutMs: 0, logFormat: 'auto', topics: { ...topics, isAwaited: false } },
    door: isAsked ? { ...door, grpc: undefined } : undefined,
  }
}

const upConfigs = (file: string) =>
  processesOf(readDeployment(file), { ownBroker: 'kafka:9092' })
    .filter(({ replica }) => replica === 0)
    .map(({ name, argv }) => ({ name, config: resolveProcess(argv, {}).config }))

describe('a container is told what up tells its process', () => {
  test('in Kubernetes', () => {
    const objects = objectsOf(full)
    const processes = upConfigs(full)
    assert.deepEqual(
      processes.map(({ name }) => name),
      ['edge', 'fog', 'cloud', 'door'],
    )
    for (const { name, config } of processes) {
      assert.deepEqual(alike(configOf(environmentIn(objects, name))), alike(config), name)
    }
  })

  test('by docker compose', () => {
    const services = composeServices(full)
    for (const { name, config } of upConfigs(full)) {
      const environment = { ...services.get(name)?.environment }
      if (name === 'fog') {
        assert.equal(environment['DDNN_FRONT_SASL_PASSWORD'], '${DDNN_FRONT_SASL_PASSWORD_FOG:?}')
        environment['DDNN_FRONT_SASL_PASSWORD'] = passwords['front-sasl-password']
      }
      assert.deepEqual(alike(configOf(environment)), alike(config), name)
    }
  })
})

test('a container listens where its probes and Services look, and waits for Kafka', () => {
  const objects = objectsOf(full)
  const of = (name: string) => configOf(environmentIn(objects, name))
  for (const name of ['edge', 'fog', 'cloud', 'door']) {
    const config = of(name)
    const page = { hosts: [], tokens: undefined }
    assert.deepEqual(config.http, { port: 8080, host: '::', hasAliases: false, page }, name)
    assert.equal(config.ordinal, undefined)
    assert.equal(config.startTimeoutMs, name === 'fog' ? 1000 : 900_000)
    assert.equal(config.logFormat, name === 'edge' ? 'pretty' : 'json')
    const isAsked = name === 'fog' || name === 'door'
    assert.deepEqual(config.door?.grpc, isAsked ? { port: 8081, host: '::' } : undefined)
    assert.deepEqual(config.models, name === 'door' ? [] : [`saved_models/${name}`])
  }
  const ports = oneOf(objects, 'Service', 'door').spec?.['ports'] as { port: number }[]
  assert.deepEqual(
    ports.map(({ port }) => port),
    [80, 90],
  )
})

test('a small file becomes what is written down in test/golden/deployment', () => {
  const golden = (name: string) => repoPath('test', 'golden', 'deployment', name)
  for (const [name, args] of [
    ['manifests.yaml', ['--models-claim', 'models']],
    ['compose.yaml', ['--compose']],
  ] as const) {
    const image = ['--image', 'registry.example.com:5000/ddnn:1.2.3']
    const made = madeOf(golden('ddnn.yaml'), ...image, ...args)
    const text = [...made.files.values()]
      .join('')
      .replaceAll(repoPath(), '/repo')
      .replaceAll(`ddnn ${readVersion()}`, 'ddnn VERSION')
    if (process.env['DDNN_WRITE_GOLDEN'] !== undefined) writeFileSync(golden(name), text)
    assert.equal(text, readFileSync(golden(name), 'utf8'))
  }
})

test('a password stands in no object, and files and passwords come by a Secret of their process', () => {
  const { files, notes } = madeOf(full)
  assert.doesNotMatch([...files.values(), ...notes].join('\n'), /\$ecret/)
  assert.doesNotMatch([...madeOf(full, '--compose').files.values()].join('\n'), /\$ecret/)
  const made = notes.filter((note) => note.includes('create secret'))
  assert.deepEqual(made, [
    `kubectl -n ddnn create secret generic fog-access --from-file=http-token-file=${tokens} --from-file=front-ssl-ca=${pem} --from-literal=front-sasl-password=FRONT-SASL-PASSWORD`,
    `kubectl -n ddnn create secret generic door-access --from-file=http-token-file=${tokens}`,
  ])
})

test('what init writes needs brokers by name; its door asks for a token unless the file opens it', () => {
  const file = deploymentFile(deploymentText({ tiers: shippedTiers }))
  assert.throws(() => madeOf(file), /Expected brokers by name in '.*', got own/)
  assert.throws(() => madeOf(file, '--brokers', 'localhost'), /localhost:9092, which is each Pod/)
  const brokers = ['--brokers', 'kafka.kafka']
  const asked = madeOf(file, ...brokers)
  assert.match(
    asked.notes.join('\n'),
    /door-access --from-file=http-token-file=TOKENS\n.*http-open/,
  )
  const door = configOf(environmentIn(objectsOf(file, ...brokers), 'door')).door
  assert.equal(door?.tokenFile, tokens)
  const opened = deploymentFile(
    deploymentText({ tiers: shippedTiers }) + '  flags: { http-open: true }\n',
  )
  assert.doesNotMatch(madeOf(opened, ...brokers).notes.join('\n'), /TOKENS|create/)
})

test('by compose, own is the Kafka of compose.yaml, and a door without a token is for this machine', () => {
  const services = composeServices(deploymentFile(deploymentText({ tiers: shippedTiers })))
  assert.deepEqual([...services.keys()], ['edge', 'fog', 'cloud', 'door', 'kafka'])
  assert.deepEqual(services.get('kafka'), readServices().get('kafka'))
  const { door } = configOf(services.get('door')?.environment ?? {})
  assert.equal(door?.isOpen, true)
  assert.deepEqual(services.get('door')?.ports, ['127.0.0.1:8080:8080', '127.0.0.1:8081:8081'])
  assert.deepEqual(composeServices(full).get('door')?.ports, ['80:8080', '90:8081'])
})

test('folders of models stand where the image or the volume has them, and nowhere twice', () => {
  const tiers = (a: string, b: string) =>
    deploymentFile(`kafka: { brokers: k }
tiers: [{ name: a, models: [${a}] }, { name: b, models: ['${b}'] }]`)
  const modelsIn = (file: string, ...args: string[]) =>
    ['a', 'b'].map((name) => configOf(environmentIn(objectsOf(file, ...args), name)).models)
  const file = tiers('shipped/cifar10/edge, ./mine/edge', '../other/fog')
  assert.deepEqual(modelsIn(file), [['saved_models/cifar10/edge', 'mine/edge'], ['other/fog']])
  const claim = ['--models-claim', 'weights']
  assert.deepEqual(modelsIn(file, ...claim), [
    ['saved_models/cifar10/edge', '/models/mine/edge'],
    ['/models/other/fog'],
  ])
  const volumes = (name: string) =>
    oneOf<Workload>(objectsOf(file, ...claim), 'Deployment', name).spec.template.spec.volumes
  assert.match(JSON.stringify(volumes('b')), /"claimName":"weights","readOnly":true/)
  assert.doesNotMatch(JSON.stringify(oneOf(objectsOf(file), 'Deployment', 'b')), /weights/)
  assert.throws(() => madeOf(tiers('other/fog', '../other/fog')), /both other\/fog/)
  assert.throws(() => madeOf(tiers('x', 'has space')), /no space or comma/)
})

test('probes speak TLS where the door does, and a Pod may finish its requests', () => {
  const file = deploymentFile(`kafka: { brokers: k }
tiers: [{ name: edge, models: shipped/edge, replicas: 2, flags: { shutdown-timeout-ms: 61000 } }]
door: { flags: { http-open: true, http-tls-cert: ${pem}, http-tls-key: ${pem} } }`)
  const objects = objectsOf(file)
  const pod = (name: string) => oneOf<Workload>(objects, 'Deployment', name).spec.template.spec
  const schemes = ['edge', 'door'].map(
    (name) => (pod(name).containers[0]?.readinessProbe?.httpGet as { scheme?: string }).scheme,
  )
  assert.deepEqual(schemes, [undefined, 'HTTPS'])
  assert.equal(pod('edge').terminationGracePeriodSeconds, 76)
  assert.deepEqual(
    ofKind(objects, 'PodDisruptionBudget').map(({ metadata }) => metadata.name),
    ['edge'],
  )
})

test('what a container cannot do is refused, every problem at once', () => {
  const withTiers = (tiers: string) => deploymentFile(`kafka: { brokers: k }\ntiers: ${tiers}`)
  const refused = (file: string, words: RegExp, ...args: string[]) =>
    assert.throws(() => madeOf(file, ...args), { code: 'DDNN_CONFIG_INVALID', message: words })
  refused(
    withTiers(`[{ name: a, models: m, flags: { output: x.csv } }, { name: b, models: m, flags: { tresh: 1 } }]`), // prettier-ignore
    /a: Expected no --output, whose file a container does not have[^]*b: Unknown flag --tresh/,
  )
  const asking = '[{ name: a, models: m }]\ndoor: { flags: { cifar10: true } }'
  refused(withTiers(asking), /door: Expected flags of a gateway, got those of a device/)
  refused(withTiers(`[{ name: Edge, models: m }, { name: edge, models: m }]`), /Edge and edge/)
  const good = withTiers('[{ name: a, models: m }]')
  for (const image of ['ddnn', 'ddnn:latest', 'registry:5000/ddnn']) {
    refused(good, /--image/, '--image', image)
  }
  refused(good, /--namespace/, '--namespace', 'Mine')
  refused(good, /--models-claim/, '--models-claim', 'a_b')
  assert.equal(ofKind(objectsOf(good), 'Namespace').length, 1)
  assert.equal(ofKind(objectsOf(good, '--namespace', 'default'), 'Namespace').length, 0)
})

test('a flag that names a file is one that a Secret brings, or is refused', () => {
  const files = flagsOf('run').filter(({ value = '' }) => /^(FILE|DIR)\b/.test(value))
  assert.ok(files.length > 20)
  for (const { name } of files) {
    const file = deploymentFile(`kafka: { brokers: k }
tiers: [{ name: a, models: m, flags: { ${name}: ${tokens} } }]`)
    const made = attempt(() => objectsOf(file))
    if (made === undefined) continue
    assert.doesNotMatch(JSON.stringify(made), new RegExp(tokens), name)
    assert.match(JSON.stringify(made), new RegExp(`/etc/ddnn/access/${name}"`))
  }
})

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (thrown) {
    assert.equal((thrown as { code?: unknown }).code, 'DDNN_CONFIG_INVALID')
    return undefined
  }
}

function environmentIn(objects: readonly Manifest[], name: string): Record<string, string> {
  const [container] = oneOf<Workload>(objects, 'Deployment', name).spec.template.spec.containers
  assert.ok(container)
  return environmentOf(container, {
    ...{ podName: `${name}-0`, namespace: 'ddnn', labels: {} },
    configMaps: configMapsOf(objects),
    secrets: new Map([['fog-access', passwords]]),
  })
}

function composeServices(file: string): ReadonlyMap<string, Service> {
  const [text = ''] = madeOf(file, '--compose').files.values()
  const written = join(tempFolder(), 'compose.yaml')
  writeFileSync(written, text)
  assert.ok(parse(text))
  return readServices(written)
}

test('the word behind manifests is the file', () => {
  const { values, problems } = parseCommandLine('manifests', ['mine.yaml', '-o', 'k8s'], {})
  assert.deepEqual(problems, [])
  assert.deepEqual([values.string('file'), values.string('output')], ['mine.yaml', 'k8s'])
})
