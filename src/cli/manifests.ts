// `ddnn manifests`: a deployment file as objects of Kubernetes, or as a file for docker compose.
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { jsonText } from '../domain/json-text.ts'
import { madeBy } from '../domain/made-by.ts'
import type { Deployment } from '../serving/deployment/deployment.ts'
import { composeBroker, composeText } from '../serving/deployment/manifests/compose-file.ts'
import type { ContainedProcess } from '../serving/deployment/manifests/contained-process.ts'
import {
  namespaceObjects,
  type ClusterOptions,
} from '../serving/deployment/manifests/kubernetes-object.ts'
import {
  manifestFiles,
  manifestStream,
  type ManifestPart,
} from '../serving/deployment/manifests/manifest-text.ts'
import { modelPlaces } from '../serving/deployment/manifests/model-places.ts'
import { clusterNotes, imageNotes, tokenNote } from '../serving/deployment/manifests/notes.ts'
import { processObjects } from '../serving/deployment/manifests/process-objects.ts'
import { readDeployment } from '../serving/deployment/read-deployment.ts'
import { needsOwnBroker, withBrokers } from '../serving/deployment/with-brokers.ts'
import { unwritable } from '../files/check-output.ts'
import { makeFolder } from '../files/make-folder.ts'
import { ownReport } from '../files/replaces.ts'
import { checkFolder } from './check-folder.ts'
import type { CommandResult } from './command-result.ts'
import { containedProcesses } from './contained-processes.ts'
import { createSay } from './json-output.ts'
import type { ManifestsDocument } from './json/manifests.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readBrokers } from './read-brokers.ts'
import { checkReachable, readManifestsOptions } from './read-manifests.ts'
import { readVersion } from './version.ts'

const composeName = 'compose.yaml'

/** @throws DDNN_OUTPUT_FAILED, and as `makeManifests` */
export async function manifests(line: CommandLine<'manifests'>): Promise<CommandResult> {
  const { files, notes } = makeManifests(line)
  const said = notes.map((note) => `${note}\n`).join('')
  const folder = line.values.string('output')
  const say = createSay(line.values)
  if (folder === undefined) {
    const texts = [...files].map(([name, text]) => ({ name, text }))
    say([...files.values()].join(''))
    process.stderr.write(`Before it is applied:\n${said}`)
    return { failures: 0, json: documentOf({ folder: null, files: texts, notes, next: null }) }
  }
  const isForced = line.values.boolean('force') === true
  await checkFolder(folder, {
    names: [...files.keys()],
    replaces: isForced ? 'anything' : ownReport,
  })
  await write(folder, files)
  const names = [...files.keys()]
  const next = files.has('kustomization.yaml')
    ? ['kubectl', 'apply', '-k', folder]
    : ['docker', 'compose', '-f', join(folder, composeName), 'up']
  say(
    `Wrote ${names.join(', ')} to ${folder}. Before it is applied:\n${said}Then: ${next.join(' ')}\n`,
  )
  const written = names.map((name) => ({ name, text: null }))
  return { failures: 0, json: documentOf({ folder, files: written, notes, next }) }
}

function documentOf({
  notes,
  ...facts
}: Omit<ManifestsDocument, 'notes'> & Pick<Made, 'notes'>): string {
  const document: ManifestsDocument = { ...facts, notes: [...notes] }
  return jsonText(document)
}

export interface Made {
  /** Content by name, in order; printed behind each other where they are not written. */
  readonly files: ReadonlyMap<string, string>
  /** What must be there first, a line each. */
  readonly notes: readonly string[]
}

/** @throws DDNN_CONFIG_INVALID where the file or a flag in it is wrong, or says what a container cannot do. */
export function makeManifests({
  command,
  values,
  problems: found,
}: CommandLine<'manifests'>): Made {
  const problems = [...found]
  const brokers = readBrokers(values, problems)
  const options = readManifestsOptions(values, problems)
  assertNoProblems(problems, command)
  const file = readDeployment(values.string('file'))
  const deployment = brokers === undefined ? file : withBrokers(file, brokers)
  return values.boolean('compose') === true
    ? composeFiles(deployment, options)
    : kubernetesFiles(deployment, options, values.isGiven('output'))
}

function kubernetesFiles(deployment: Deployment, options: ClusterOptions, isFolder: boolean): Made {
  checkReachable(deployment)
  const places = modelPlaces(deployment, options.modelsClaim !== undefined)
  const processes = containedProcesses(deployment, { places, unsaidDoor: 'token' })
  const isUnsaid = processes.some(({ kind, saysWhoAsks }) => kind === 'door' && !saysWhoAsks)
  const notes = [
    ...clusterNotes(processes, [...places.values()], options),
    ...(isUnsaid ? [tokenNote(deployment)] : []),
  ]
  const parts: readonly ManifestPart[] = [
    { name: 'namespace', objects: namespaceObjects(options.namespace) },
    ...processes.map((process) => ({
      name: process.kind === 'door' ? 'door' : `tier-${process.objectName}`,
      objects: processObjects(process, options),
    })),
  ]
  const comment = [...headOf(deployment, 'kubectl apply'), ...notes]
  const files = isFolder
    ? manifestFiles(parts, comment)
    : new Map([['manifests.yaml', manifestStream(parts, comment)]])
  return { files, notes }
}

/** Model folders of one's own are mounted from where they are. */
function composeFiles(deployment: Deployment, options: ClusterOptions): Made {
  const places = modelPlaces(deployment, true)
  const hasKafka = needsOwnBroker(deployment)
  if (!hasKafka) checkReachable(deployment)
  const processes: readonly ContainedProcess[] = containedProcesses(deployment, {
    places,
    ownBroker: composeBroker,
    unsaidDoor: 'open',
  })
  const all = [...places.values()]
  const notes = imageNotes(
    all.filter(({ isShipped }) => isShipped),
    options.image,
  )
  const text = composeText(
    processes,
    {
      image: options.image,
      hasKafka,
      mounted: all.filter(({ isShipped }) => !isShipped),
      project: options.namespace,
    },
    [...headOf(deployment, 'docker compose up'), ...notes],
  )
  return { files: new Map([[composeName, text]]), notes }
}

function headOf({ file }: Deployment, before: string): readonly string[] {
  const name = basename(file)
  return [`${madeBy} ${readVersion()} of ${name}: ddnn manifests. Before ${before}:`]
}

async function write(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  try {
    await makeFolder(folder)
    for (const [name, text] of files) await writeFile(join(folder, name), text)
  } catch (cause) {
    throw unwritable({ path: folder, kind: 'folder', flag: '--output (-o)' }, cause)
  }
}
