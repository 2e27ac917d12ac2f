// Reads ddnn.yaml: YAML text -> a Deployment with every link named, or every problem with its line. Nothing is
// looked up on disk but the file itself. Format: docs/up.md.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { nearestName } from '../../domain/nearest-name.ts'
import { problemList } from '../../domain/problem-list.ts'
import { ConfigError } from '../../errors.ts'
import { packageRoot } from '../../package-root.ts'
import { checkDeployment, type Problem } from './check-deployment.ts'
import { deploymentSchema, knownKeys, type DeploymentFile } from './deployment-schema.ts'
import {
  deviceName,
  topicsBetween,
  type Deployment,
  type DeploymentLink,
  type ModelFolder,
} from './deployment.ts'
import { readYamlText, type YamlText } from './yaml-places.ts'

/** The file that `ddnn up` takes where none is named. */
export const deploymentFile = 'ddnn.yaml'

/**
 * @throws DDNN_CONFIG_INVALID naming the file, and every problem of it with its key and line.
 */
export function readDeployment(file: string = deploymentFile): Deployment {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected a deployment file that can be read, got '${file}' (${code})`,
      { hint: `'ddnn init' writes one; docs/up.md says what stands in it` },
    )
  }
  return parseDeployment(text, file)
}

/**
 * The same of a text; `file` says what folders are relative to.
 * @throws DDNN_CONFIG_INVALID
 */
export function parseDeployment(text: string, file: string): Deployment {
  let yaml: YamlText
  try {
    yaml = readYamlText(text)
  } catch (thrown) {
    throw invalid([`Expected '${file}' to be YAML: ${(thrown as Error).message}`])
  }
  const checked = deploymentSchema.safeParse(yaml.value ?? {})
  const problems = checked.success
    ? checkDeployment(checked.data)
    : checked.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys' ? unknownKeys(issue) : [issue],
      )
  if (!checked.success || problems.length > 0) {
    throw invalid(problems.map((problem) => sentence(problem, file, yaml)))
  }
  return toDeployment(checked.data, resolve(file))
}

function unknownKeys(issue: {
  readonly path: readonly PropertyKey[]
  readonly keys: readonly string[]
}): readonly Problem[] {
  return issue.keys.map((key) => {
    const near = nearestName(key, knownKeys)
    const meant = near === undefined ? '' : `, did you mean ${near}?`
    return { path: [...issue.path, key], message: `not to stand there${meant}` }
  })
}

/** "Expected tiers[0].replicas in 'ddnn.yaml' (line 7) to be a whole number from 1, got 0". */
function sentence({ path, message }: Problem, file: string, yaml: YamlText): string {
  const line = yaml.lineOf(path)
  const at = line === undefined ? '' : ` (line ${line})`
  // `sasl-password:x` without a space is a key, and holds a password.
  const shown = (part: PropertyKey) => String(part).replace(/(?<=.)([:=\s]).*$/s, '$1***')
  const key = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${shown(part)}`))
  const what = key.length === 0 ? `'${file}'` : `${key.join('').replace(/^\./, '')} in '${file}'`
  return `Expected ${what}${at} ${message}`
}

function invalid(problems: readonly string[]): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', problemList(problems), {
    hint: "docs/up.md says what stands in the file; 'ddnn init' writes one",
  })
}

function toDeployment(given: DeploymentFile, file: string): Deployment {
  const names = given.tiers.map((tier) => tier.name)
  const links = names.map((to, i): DeploymentLink => {
    const from = names[i - 1] ?? deviceName
    const own = given.links.find(({ between }) => between[0] === from && between[1] === to)
    const topics = topicsBetween(from, to)
    return {
      from,
      to,
      requests: own?.requests ?? topics.requests,
      replies: own?.replies ?? topics.replies,
      brokers: own?.brokers ?? given.kafka.brokers,
      flags: toFlags(own?.flags ?? {}),
    }
  })
  return {
    file,
    kafka: { brokers: given.kafka.brokers, partitions: given.kafka.partitions },
    tiers: given.tiers.map(({ name, models, replicas, flags }) => ({
      name,
      models: models.map((written) => toFolder(written, dirname(file))),
      replicas,
      flags: toFlags(flags),
    })),
    links,
    door: given.door && {
      httpPort: given.door['http-port'],
      grpcPort: given.door['grpc-port'],
      flags: toFlags(given.door.flags),
    },
  }
}

function toFlags(
  flags: DeploymentFile['tiers'][number]['flags'],
): Deployment['tiers'][number]['flags'] {
  return Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : value,
    ]),
  )
}

/** 'shipped/edge' is the package's own saved_models/edge. */
function toFolder(written: string, folder: string): ModelFolder {
  const shipped = /^shipped[/\\](.+)$/.exec(written)
  const path =
    shipped?.[1] === undefined
      ? resolve(folder, written)
      : join(packageRoot, 'saved_models', shipped[1])
  return { written, path }
}
