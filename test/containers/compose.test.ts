// compose.yaml as it would run: its image built from a clean clone, its Kafka started with its environment,
// every service of ours a container with exactly its environment and command. Needs what images.test.ts does.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { buildImage } from '../helpers/buildah.ts'
import { readServices, type Service } from '../helpers/compose-file.ts'
import { openImage, type RunnableImage } from '../helpers/container.ts'
import { repoPath } from '../helpers/paths.ts'
import { loopbackAddress } from '../helpers/service-address.ts'
import { startComposeKafka, type ComposeKafka } from './compose-kafka.ts'
import { cleanClone, requestsOf, rowsByFile, untilHealthy, writableFolder } from './setup.ts'

describe('compose.yaml', () => {
  const tag = 'localhost/ddnn:compose'
  let services: ReadonlyMap<string, Service>
  let image: RunnableImage
  let kafka: ComposeKafka

  before(
    async () => {
      const clone = await cleanClone()
      services = readServices(join(clone, 'compose.yaml'))
      const { dockerfile, args } = of('edge').build ?? { dockerfile: '', args: {} }
      await buildImage({ context: clone, dockerfile, tag, args })
      image = await openImage(tag)
      kafka = await startComposeKafka(of('kafka').environment ?? {})
    },
    { timeout: 1_500_000 },
  )

  after(async () => {
    await kafka?.stop()
    await image?.remove()
  })

  function of(name: string): Service {
    const service = services.get(name)
    assert.ok(service !== undefined, name)
    return service
  }

  function start(name: string, host: string, results = writableFolder()) {
    const { environment = {}, command, volumes = [] } = of(name)
    return image.start({
      hosts: { kafka: kafka.host },
      // Each container has an address of its own; here all have one machine's network.
      env: { ...environment, DDNN_HTTP_HOST: host },
      ...(command === undefined ? {} : { command }),
      volumes: volumes.map((volume) => ({
        source: results,
        target: volume.split(':')[1] ?? '',
        isWritable: true,
      })),
    })
  }

  test('two edges, a fog and a cloud answer every sample image', { timeout: 280_000 }, async () => {
    const names = ['edge', 'edge', 'fog', 'cloud']
    const hosts = names.map(() => loopbackAddress())
    const tiers = names.map((name, i) => start(name, hosts[i] ?? ''))
    for (const [i, tier] of tiers.entries()) {
      const check = of(names[i] ?? '').healthcheck?.test ?? []
      await untilHealthy(tier, check.slice(1))
    }
    const results = writableFolder()
    const { code, stdout, stderr } = await start('device', loopbackAddress(), results).ended
    assert.equal(code, 0, stderr)
    const samples = readdirSync(repoPath('data', 'sample'), { recursive: true })
    const count = samples.filter((file) => String(file).endsWith('.jpg')).length
    const rows = [...rowsByFile(results, 'results.csv').values()]
    assert.equal(rows.length, count)
    for (const row of rows) {
      assert.equal(row['Error'], '', row['File'])
      assert.notEqual(row['Fallback'], 'true', row['File'])
    }
    assert.match(`${stdout}${stderr}`, new RegExp(`\\b${count}\\b`), 'no progress is shown')
    assert.ok(readdirSync(results).includes('results.html'))
    for (const host of hosts) {
      assert.ok((await requestsOf(host, ['exit', 'offload'])) > 0, 'a tier was never asked')
    }
    for (const tier of tiers) {
      const ended = await tier.stop('SIGTERM')
      assert.equal(ended.code, 0, ended.stderr)
    }
  })
})
