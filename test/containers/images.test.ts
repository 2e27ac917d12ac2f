// The images of the three Dockerfiles, built from a clean clone and started with the environment of the
// Kubernetes manifests against three real brokers. `npm run test:containers`; it needs root, buildah, an OCI
// runtime and the base image in the local store.
import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { buildImage, folderSize } from '../helpers/buildah.ts'
import { answerOfRow, type CsvRow } from '../helpers/cli.ts'
import {
  openImage,
  type ContainerOptions,
  type RunnableImage,
  type RunningContainer,
} from '../helpers/container.ts'
import { startKafka, withAdmin, type TestKafka } from '../helpers/kafka.ts'
import {
  configMapsOf,
  environmentOf,
  oneOf,
  type Manifest,
  type Workload,
} from '../helpers/kubernetes.ts'
import { buildOverlay } from '../helpers/kustomize.ts'
import { repoPath } from '../helpers/paths.ts'
import { loopbackAddress } from '../helpers/service-address.ts'
import { until } from '../helpers/until.ts'
import {
  cleanClone,
  drawSamples,
  images,
  nameBrokers,
  requestsOf,
  revisionOf,
  rowsByFile,
  untilHealthy,
  writableFolder,
  type Samples,
} from './setup.ts'

const brokerNames = ['kafka-0.kafka', 'kafka-1.kafka', 'kafka-2.kafka']
const topics = ['deviceedge', 'edgedevice', 'edgecloud', 'cloudedge', 'devicecloud', 'clouddevice']
const healthCheck = ['node', 'dist/main.js', 'health']
const buildTimeoutMs = 1_500_000

describe('images of a clean clone', () => {
  let clone: string
  let revision: string
  let opened: ReadonlyMap<string, RunnableImage>
  const imageOf = (name: string) => {
    const image = opened.get(`localhost/${name}:test`)
    assert.ok(image !== undefined, name)
    return image
  }

  before(
    async () => {
      clone = await cleanClone()
      revision = await revisionOf(clone)
      for (const { tag, dockerfile } of images) {
        const args = { REVISION: revision, SOURCE: 'https://example.org/ddnn' }
        await buildImage({ context: clone, dockerfile, tag, args })
      }
      opened = new Map(
        await Promise.all(
          images.map(async ({ tag }) => [tag, await openImage(tag)] as [string, RunnableImage]),
        ),
      )
    },
    { timeout: buildTimeoutMs },
  )

  after(async () => {
    for (const image of opened?.values() ?? []) await image.remove()
  })

  test('say what they are, and how they are run', () => {
    const { version } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as {
      version: string
    }
    for (const { tag, models } of images) {
      const { config } = opened.get(tag) ?? {}
      assert.equal(config?.User, '1000:1000', tag)
      assert.equal(config.WorkingDir, '/app')
      assert.equal(config.StopSignal, 'SIGTERM')
      assert.deepEqual(Object.keys(config.ExposedPorts ?? {}), ['8080/tcp'])
      assert.deepEqual(config.Entrypoint, ['tini', '--', 'node', 'dist/main.js'])
      assert.deepEqual(config.Cmd ?? [], [])
      assert.deepEqual(config.Healthcheck?.Test, ['CMD', ...healthCheck])
      const folders = models.map((name) => `saved_models/cifar10/${name}`).join(' ')
      assert.ok(config.Env?.includes(`DDNN_MODELS=${folders}`), tag)
      const labels = config.Labels ?? {}
      const label = (name: string) => labels[`org.opencontainers.image.${name}`]
      assert.match(label('title') ?? '', /^ddnn /)
      assert.match(label('description') ?? '', /early-exit neural network/)
      assert.equal(label('version'), version)
      assert.equal(label('revision'), revision)
      assert.equal(label('source'), 'https://example.org/ddnn')
      assert.equal(label('licenses'), 'Apache-2.0')
      assert.equal(label('base.name'), 'docker.io/library/node:20-bookworm-slim')
    }
  })

  test('hold what runs, their own models, and nothing that only a developer needs', () => {
    for (const { tag, models } of images) {
      const app = join(opened.get(tag)?.rootfs ?? '', 'app')
      assert.deepEqual(readdirSync(app).sort(), [
        ...['LICENSE', 'data', 'dist', 'engine.txt', 'node_modules', 'package.json', 'recipes'],
        'saved_models',
      ])
      assert.deepEqual(readdirSync(join(app, 'saved_models')), ['cifar10'])
      const own = readdirSync(join(app, 'saved_models', 'cifar10'))
      assert.deepEqual(own.sort(), [...models].sort(), tag)
      const files = readdirSync(app, { recursive: true }).map(String)
      const left = files.filter((file) => /\.(map|d\.[cm]?ts)$/.test(file))
      assert.deepEqual(left.slice(0, 5), [], tag)
      // One library and the addon, of the five machines that the package serves.
      const binaries = files.filter((file) => /onnxruntime-node\/bin\/.*\.\w+$/.test(file))
      assert.deepEqual(
        binaries.map((file) => file.split('/').slice(-3, -1).join('/')),
        binaries.map(() => `${process.platform}/${process.arch}`),
      )
      assert.equal(binaries.length, 2, tag)
      for (const name of ['typescript', 'eslint', 'playwright-core', '@sparticuz']) {
        assert.ok(!existsSync(join(app, 'node_modules', name)), `${tag}: ${name}`)
      }
      assert.ok(!existsSync(join(app, '..', 'usr', 'bin', 'g++')), tag)
    }
  })

  test('run as another user than root, and can write nothing', async () => {
    const tries = ['/app/x', '/tmp/x', '/results/x', '/x'].map((file) => `touch ${file}`)
    const script = `id -u; id -g; grep -c '^Cap...:.0*$' /proc/self/status; ${tries.join('; ')}`
    const { stdout, stderr } = await imageOf('edge').start({ entrypoint: ['sh', '-c', script] })
      .ended
    assert.deepEqual(stdout.trim().split('\n'), ['1000', '1000', '5'])
    assert.equal(stderr.match(/Read-only file system/g)?.length, 4, stderr)
  })

  test('answer --help and --version, whatever command is appended', async () => {
    for (const command of ['', 'train', 'evaluate', 'calibrate', 'results', 'download', 'demo']) {
      const argv = [...(command === '' ? [] : [command]), '--help']
      const { code, stdout } = await imageOf('edge').start({ command: argv }).ended
      assert.equal(code, 0, command)
      assert.match(stdout, /--help shows this/, command)
    }
    const { stdout } = await imageOf('edge').start({ command: ['--version'] }).ended
    assert.equal(stdout.trim(), imageOf('edge').config.Labels?.['org.opencontainers.image.version'])
  })

  test(
    'measure, draw and train as well, for all that was pruned',
    { timeout: 200_000 },
    async () => {
      const samples = await drawSamples(6)
      cpSync(join(clone, 'saved_models', 'model.history'), join(samples.folder, 'model.history'))
      const results = writableFolder()
      const size = ['--image_height', '32', '--image_width', '32']
      for (const command of [
        ['evaluate', '-i', '/data/images', '-o', '/results/evaluation'],
        ['results', '-i', '/data/model.history', '-o', '/results/figures'],
        ['train', '-i', '/data/images', '-o', '/results/model', '-e', '1', '-b', '8', ...size],
      ]) {
        const { code, stderr } = await imageOf('only-cloud').start({
          command,
          volumes: [
            { source: samples.folder, target: '/data' },
            { source: results, target: '/results', isWritable: true },
            // Figures are drawn through files there.
            { source: writableFolder(), target: '/tmp', isWritable: true },
          ],
        }).ended
        assert.equal(code, 0, `${command.join(' ')}: ${stderr}`)
      }
      const written = readdirSync(results, { recursive: true }).map(String)
      for (const file of [
        'evaluation/evaluation.html',
        'figures/index.html',
        'model/model.history',
      ]) {
        assert.ok(written.includes(file), `${file} of ${written.join(', ')}`)
      }
      assert.ok(written.some((file) => /^figures\/.*\.png$/.test(file)))
    },
  )

  test('say their size', async (t) => {
    for (const { tag } of images) t.diagnostic(await describeSize(opened.get(tag)))
  })

  describe('against three brokers, with the environment of the manifests', () => {
    let kafka: TestKafka
    let names: Awaited<ReturnType<typeof nameBrokers>>
    let manifests: readonly Manifest[]
    let samples: Samples
    let expected: ReadonlyMap<string, CsvRow>

    before(
      async () => {
        kafka = await startKafka({ brokers: 3, own: true })
        names = await nameBrokers(brokerNames, kafka.bootstrap)
        await createTopics(kafka)
        manifests = await buildOverlay(repoPath('k8s', 'overlays', 'single'))
        samples = await drawSamples(20)
        expected = await runLocally(imageOf('only-cloud'), samples)
      },
      { timeout: 240_000 },
    )

    after(async () => {
      await names?.close()
      await kafka?.stop()
    })

    /** A container of a Deployment's image with exactly its environment, at an address of its own. */
    function startTier(name: string, host: string): RunningContainer {
      const deployment = oneOf<Workload>(manifests, 'Deployment', name)
      const [container] = deployment.spec.template.spec.containers
      assert.ok(container !== undefined, name)
      const env = environmentOf(container, {
        podName: `${name}-test`,
        namespace: 'ddnn',
        labels: {},
        configMaps: configMapsOf(manifests),
        secrets: new Map(),
      })
      const image = opened.get(`localhost/${container.image}`)
      assert.ok(image !== undefined, `${name}: ${container.image}`)
      // In a Pod the address is the Pod's; here all containers have one machine's network.
      return image.start({ hosts: names.hosts, env: { ...env, DDNN_HTTP_HOST: host }, ...forLong })
    }

    function startDevice(requests: string, replies: string, results: string): RunningContainer {
      return imageOf('edge').start({
        ...forLong,
        hosts: names.hosts,
        volumes: [
          { source: samples.folder, target: '/data' },
          { source: results, target: '/results', isWritable: true },
        ],
        env: {
          DDNN_HTTP_HOST: loopbackAddress(),
          DDNN_NAME: 'device',
          // It has no model, and so no size of its own to ask in.
          DDNN_MODELS: '',
          DDNN_HEIGHT: '32',
          DDNN_WIDTH: '32',
          PRODUCER_FRONT: 'kafka-0.kafka',
          PRODUCER_FRONT_TOPIC: requests,
          CONSUMER_FRONT: 'kafka-2.kafka',
          CONSUMER_FRONT_TOPIC: replies,
        },
        command: ['-i', '/data/images', '-l', '/data/labels.txt', '-o', '/results/results.csv'],
      })
    }

    test(
      'a device, two edges and a cloud answer 200 images, while one edge is stopped',
      { timeout: 280_000 },
      async () => {
        const [first, second, third] = [loopbackAddress(), loopbackAddress(), loopbackAddress()]
        const edges = [startTier('edge', first), startTier('edge', second)] as const
        const cloud = startTier('cloud', third)
        for (const tier of [...edges, cloud]) await untilHealthy(tier, healthCheck)

        const results = writableFolder()
        const device = startDevice('deviceedge', 'edgedevice', results)
        const hasWork = async () => (await requestsOf(first, ['exit', 'offload'])) > 5
        await until('the first edge to answer', hasWork, 60_000)
        const stopped = await edges[0].stop('SIGTERM')
        assert.equal(stopped.code, 0, stopped.stderr)

        const { code, stderr } = await device.ended
        assert.equal(code, 0, stderr)
        assertAnswers(rowsByFile(results, 'results.csv'), expected)
        assert.ok((await requestsOf(second, ['exit', 'offload'])) > 0, 'the second edge took none')
        assert.ok((await requestsOf(third, ['exit'])) > 0, 'the cloud was never asked')
        for (const tier of [edges[1], cloud]) {
          const ended = await tier.stop('SIGTERM')
          assert.equal(ended.code, 0, ended.stderr)
        }
      },
    )

    test('a device and only-cloud answer 200 images', { timeout: 200_000 }, async () => {
      const tier = startTier('solo-cloud', loopbackAddress())
      await untilHealthy(tier, healthCheck)
      const results = writableFolder()
      const { code, stderr } = await startDevice('devicecloud', 'clouddevice', results).ended
      assert.equal(code, 0, stderr)
      assertAnswers(rowsByFile(results, 'results.csv'), expected)
      const ended = await tier.stop('SIGTERM')
      assert.equal(ended.code, 0, ended.stderr)
    })
  })

  test('the health check fails while Kafka is away, and says so', async () => {
    const tier = startWithoutKafka(imageOf('cloud'))
    await tier.waitFor(/health on port/)
    const { code, stdout } = await tier.exec(healthCheck)
    assert.equal(code, 1)
    assert.match(stdout, /^not ready: /)
    assert.equal((await tier.exec([...healthCheck, '--probe', 'live'])).code, 0)
    await tier.stop('SIGTERM')
  })

  test('a container that is stopped before Node has begun ends all the same', async () => {
    const tier = startWithoutKafka(imageOf('edge'))
    // Refused until there is a container to signal.
    for (;;) {
      const ended = await tier.stop('SIGTERM').catch(() => undefined)
      if (ended === undefined) continue
      assert.ok(ended.code === 143 || ended.code === 0, `${ended.code}: ${ended.stderr}`)
      break
    }
  })

  describe('ENGINE=wasm', () => {
    const tag = 'localhost/edge:wasm-test'
    let image: RunnableImage

    before(
      async () => {
        const args = { ENGINE: 'wasm', MODELS: 'saved_models/cifar10/model' }
        await buildImage({ context: clone, dockerfile: 'Dockerfile-EDGE', tag, args })
        image = await openImage(tag)
      },
      { timeout: buildTimeoutMs },
    )

    after(() => image?.remove())

    test('leaves the native engines out, and says so', async (t) => {
      const app = join(image.rootfs, 'app')
      for (const name of ['@tensorflow/tfjs-node', 'onnxruntime-node']) {
        assert.ok(!existsSync(join(app, 'node_modules', name)), name)
      }
      assert.match(readFileSync(join(app, 'engine.txt'), 'utf8'), /^wasm: no native engine/)
      t.diagnostic(await describeSize(image))
      const argv = ['--models', 'saved_models/cifar10/edge', '--engine', 'tensorflow']
      const { code, stderr } = await runOn(image, await drawSamples(1), ...argv)
      assert.equal(code, 2, stderr)
    })

    test('takes the stages of a model folder with it, and runs them', async () => {
      const own = readdirSync(join(image.rootfs, 'app', 'saved_models', 'cifar10'))
      assert.deepEqual(own.sort(), ['cloud', 'edge', 'fog', 'model'])
      const { code, stderr } = await runOn(image, await drawSamples(1))
      assert.equal(code, 0, stderr)
      assert.match(stderr, /engine wasm/)
    })
  })

  for (const [args, reason] of [
    [
      { ENGINE: 'fast' },
      /Expected build argument ENGINE to be auto, onnx, tensorflow or wasm, got .fast/,
    ],
    [{ MODELS: 'saved_models/nowhere', ENGINE: 'wasm' }, /MODELS="saved_models\/nowhere": /],
    [{ MODELS: '/etc', ENGINE: 'wasm' }, /MODELS="\/etc": /],
  ] as const) {
    test(
      `a build with ${JSON.stringify(args)} fails and says why`,
      { timeout: buildTimeoutMs },
      async () => {
        const dockerfile = 'Dockerfile-EDGE'
        const build = buildImage({ context: clone, dockerfile, tag: 'localhost/bad:test', args })
        await assert.rejects(build, reason)
      },
    )
  }
})

const forLong: ContainerOptions = { timeoutMs: 270_000 }

/** As the Job of the manifests makes them. */
async function createTopics(kafka: TestKafka): Promise<void> {
  await withAdmin(kafka.bootstrap, (admin) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: topics.map((topic) => ({
        topic,
        numPartitions: 8,
        replicationFactor: 3,
        configEntries: [
          { name: 'min.insync.replicas', value: '2' },
          { name: 'max.message.bytes', value: '16777216' },
          { name: 'message.timestamp.type', value: 'LogAppendTime' },
        ],
      })),
    }),
  )
}

/** A tier that waits for brokers until it is stopped. */
function startWithoutKafka(image: RunnableImage): RunningContainer {
  return image.start({
    env: {
      GROUP_ID: 'alone',
      CONSUMER_BACK: '127.0.0.1:1',
      CONSUMER_BACK_TOPIC: 'requests',
      PRODUCER_BACK_TOPIC: 'replies',
      DDNN_START_TIMEOUT_MS: '900000',
      DDNN_HTTP_HOST: loopbackAddress(),
    },
  })
}

/** A device with models of its own, in a container: no Kafka. */
function runOn(image: RunnableImage, samples: Samples, ...argv: readonly string[]) {
  return image.start({
    volumes: [{ source: samples.folder, target: '/data' }],
    env: { DDNN_HTTP_HOST: loopbackAddress(), DDNN_OUTPUT: '/dev/shm/results.csv' },
    command: ['--name', 'local', '-i', '/data/images', '-l', '/data/labels.txt', ...argv],
  }).ended
}

/** What the same images say of the same models without a network between them. */
async function runLocally(
  image: RunnableImage,
  samples: Samples,
): Promise<ReadonlyMap<string, CsvRow>> {
  const results = writableFolder()
  const { code, stderr } = await image.start({
    volumes: [
      { source: samples.folder, target: '/data' },
      { source: results, target: '/results', isWritable: true },
    ],
    env: { DDNN_HTTP_HOST: loopbackAddress() },
    command: ['--name', 'local', '-i', '/data/images', '-l', '/data/labels.txt'].concat([
      '-o',
      '/results/local.csv',
    ]),
  }).ended
  assert.equal(code, 0, stderr)
  return rowsByFile(results, 'local.csv')
}

/** Every image answered once, by no fallback, with the answer that the models give. */
function assertAnswers(
  rows: ReadonlyMap<string, CsvRow>,
  expected: ReadonlyMap<string, CsvRow>,
): void {
  assert.equal(rows.size, 200)
  assert.deepEqual([...rows.keys()], [...expected.keys()])
  for (const [file, row] of rows) {
    assert.equal(row['Error'], '', file)
    assert.notEqual(row['Fallback'], 'true', file)
    const local = expected.get(file)
    const difference = Math.abs(Number(row['Confidence']) - Number(local?.['Confidence']))
    assert.ok(difference < 1e-3, `${file}: ${row['Confidence']}, not ${local?.['Confidence']}`)
    assert.equal(answerOfRow(row), answerOfRow(local ?? {}), file)
  }
}

async function describeSize(image: RunnableImage | undefined): Promise<string> {
  const { tag, rootfs } = image ?? { tag: '', rootfs: '' }
  const megabytes = async (...path: readonly string[]) =>
    Math.round((await folderSize(join(rootfs, ...path))) / 1e5) / 10
  const [all, app] = [await megabytes(), await megabytes('app')]
  const parts = await Promise.all(
    ['node_modules', 'dist', 'saved_models', 'data'].map(
      async (part) => `${part} ${await megabytes('app', part)}`,
    ),
  )
  const engine = readFileSync(join(rootfs, 'app', 'engine.txt'), 'utf8').split(':')[0]
  return `${tag} (${engine}): ${all} MB = base ${(all - app).toFixed(1)} + ${parts.join(' + ')}`
}
