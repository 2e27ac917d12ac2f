// What of the environment is ours: the names of all flags, and a few that are no flags.
import { nearestName } from '../domain/nearest-name.ts'
import { envNamesOf, type Flag } from './flag.ts'
import { flags, flagsOf } from './flags.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Read by ddnn and its scripts beside the flags, or set by them. */
const ownNames: Readonly<Record<string, string>> = {
  DDNN_SUPERVISED:
    'set by the process that starts another one and answers for it (up, demo --kafka)',
  DDNN_CACHE: 'folder of what the scripts fetch: Kafka, Java, Python',
  DDNN_PYTHON: "the scripts' Python",
  DDNN_CHROMIUM: "the tests' browser",
  DDNN_BROKER_FOLDER: 'where the broker of the scripts writes',
  DDNN_CONTAINER: 'set in the container images',
  DDNN_REPO: "the tests' checkout",
  DDNN_BENCH_CHECKOUT: 'built checkout that bench compares with',
  DDNN_BENCH_COPIES: 'file that a bench counts copies in',
  DDNN_BENCH_LAST: 'file of a bench for its last reading',
  DDNN_PHOTOS: 'photos of the examples in docs',
  DDNN_MATRIX: "the workflows' matrix",
  DDNN_WRITE_GOLDEN: 'golden files are written anew',
}

/** Of tests and clusters, by the beginning of their names. */
const ownPrefixes = ['DDNN_TEST_', 'DDNN_K8S_']

/** What Kubernetes sets in every Pod for a Service whose name begins with ddnn. */
const serviceLink = /_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_(ADDR|PORT|PROTO))?)?)$/

/** A sentence for each DDNN_* that nobody reads. */
export function unknownVariables(env: Environment): readonly string[] {
  const known = new Set((flags as readonly Flag[]).flatMap((flag) => envNamesOf(flag)))
  const isInPod = env['KUBERNETES_SERVICE_HOST'] !== undefined
  return Object.keys(env)
    .filter((name) => name.startsWith('DDNN_') && !known.has(name) && !(name in ownNames))
    .filter((name) => !ownPrefixes.some((prefix) => name.startsWith(prefix)))
    .filter((name) => !(isInPod && serviceLink.test(name)))
    .sort()
    .map((name) => {
      const near = nearestName(name.slice('DDNN_'.length), namesWithoutPrefix(known))
      const meant = near === undefined ? '' : `, did you mean DDNN_${near}?`
      return `${name} in the environment is no variable of ddnn and has no effect${meant}`
    })
}

/** Whether the environment alone says what to run, as in a container. */
export function saysWhatToRun(env: Environment): boolean {
  return flagsOf('run')
    .flatMap((flag) => envNamesOf(flag, 'run'))
    .some((name) => env[name] !== undefined && env[name] !== '')
}

function namesWithoutPrefix(names: ReadonlySet<string>): readonly string[] {
  return [...names]
    .filter((name) => name.startsWith('DDNN_'))
    .map((name) => name.slice('DDNN_'.length))
}
