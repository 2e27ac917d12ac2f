// compose.yaml without a container engine: the specification's schema, and that its services fit together.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { composeFile, readServices, type Service } from '../helpers/compose-file.ts'
import { repoPath, repoRoot } from '../helpers/paths.ts'

const run = promisify(execFile)

/** Brings the compose specification's own schema. */
const checker = 'check-jsonschema==0.39.0'
const tierNames = ['edge', 'fog', 'cloud'] as const

describe('compose.yaml', () => {
  const services = readServices()
  const of = (name: string): Service => {
    const service = services.get(name)
    assert.ok(service !== undefined, name)
    return service
  }
  const valueOf = (name: string, variable: string) => of(name).environment?.[variable]

  test('follows the schema of the compose specification', { timeout: 120_000 }, async () => {
    const script = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
    const { ensurePythonEnv } = (await import(script)) as {
      ensurePythonEnv: (packages: readonly string[]) => Promise<string>
    }
    const python = await ensurePythonEnv([checker])
    const schema = ['--builtin-schema', 'vendor.compose-spec']
    // Rejects, with what it found, where it found anything.
    await run(python, ['-m', 'check_jsonschema', ...schema, composeFile], { cwd: repoRoot })
  })

  test('each service asks where the next one answers', () => {
    const chain = ['device', ...tierNames]
    for (const [i, name] of tierNames.entries()) {
      const asker = chain[i] ?? ''
      for (const [front, back] of [
        ['PRODUCER_FRONT', 'CONSUMER_BACK'],
        ['CONSUMER_FRONT', 'PRODUCER_BACK'],
      ]) {
        assert.equal(valueOf(asker, `${front}_TOPIC`), valueOf(name, `${back}_TOPIC`))
        assert.equal(valueOf(asker, front ?? ''), 'kafka:9092')
        assert.equal(valueOf(name, back ?? ''), 'kafka:9092')
      }
    }
    const topics = chain.flatMap((name) =>
      Object.entries(of(name).environment ?? {}).flatMap(([variable, value]) =>
        variable.endsWith('_BACK_TOPIC') ? [value] : [],
      ),
    )
    assert.equal(new Set(topics).size, 6, 'a topic is used twice')
    assert.match(valueOf('kafka', 'KAFKA_ADVERTISED_LISTENERS') ?? '', /INSIDE:\/\/kafka:9092/)
  })

  test('all use one image, which holds the models that they name', () => {
    for (const name of ['device', ...tierNames]) {
      assert.deepEqual(of(name).build, of('device').build)
      assert.equal(of(name).image, of('device').image)
    }
    const { dockerfile = '', args } = of('edge').build ?? {}
    assert.ok(existsSync(repoPath(dockerfile)))
    const held = (args?.['MODELS'] ?? '').split(' ')
    assert.deepEqual(
      tierNames.map((name) => valueOf(name, 'DDNN_MODELS')),
      held,
    )
    for (const folder of held) assert.ok(existsSync(repoPath(folder)), folder)
    for (const variable of ['DDNN_INPUT', 'DDNN_LABELS']) {
      assert.ok(existsSync(repoPath(valueOf('device', variable) ?? '?')), variable)
    }
  })

  test('services may do no more than they must', () => {
    for (const [name, service] of services) {
      assert.deepEqual(service.cap_drop, ['ALL'], name)
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
      if (name !== 'kafka') assert.equal(service.read_only, true, name)
      for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, name)
    }
  })

  test('a tier waits for Kafka, the device for all tiers, and any tier can be scaled', () => {
    for (const name of tierNames) {
      assert.deepEqual(of(name).depends_on, { kafka: { condition: 'service_healthy' } })
      assert.deepEqual(of(name).healthcheck?.test, ['CMD', 'node', 'dist/main.js', 'health'])
      // A name or a port on the host is one container's alone.
      assert.equal(of(name).container_name, undefined)
      assert.equal(of(name).ports, undefined)
    }
    assert.deepEqual(Object.keys(of('device').depends_on ?? {}).sort(), [...tierNames].sort())
    for (const { condition } of Object.values(of('device').depends_on ?? {})) {
      assert.equal(condition, 'service_healthy')
    }
  })

  test('Kafka is the one of the Kubernetes manifests', () => {
    const file = repoPath('k8s', 'base', 'kafka', 'statefulset.yaml')
    const [, image] = /image: (apache\/kafka:\S+)/.exec(readFileSync(file, 'utf8')) ?? []
    assert.equal(of('kafka').image, image)
  })
})
