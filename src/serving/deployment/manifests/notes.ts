// What must be there before manifests are applied: an image with the models, a volume, Secrets. A command each.
import { basename } from 'node:path'
import { shellWord } from '../../../domain/shell-word.ts'
import type { Deployment } from '../deployment.ts'
import { accessOf, type ContainedProcess } from './contained-process.ts'
import type { ClusterOptions } from './kubernetes-object.ts'
import type { ModelPlace } from './model-places.ts'
import { accessName } from './pod-template.ts'

/** Lines for who applies. */
export function clusterNotes(
  processes: readonly ContainedProcess[],
  places: readonly ModelPlace[],
  { namespace, image, modelsClaim }: ClusterOptions,
): readonly string[] {
  const isInImage = ({ isShipped }: ModelPlace) => isShipped || modelsClaim === undefined
  const secrets = processes.filter((process) => accessOf(process).length > 0)
  const isMade = namespace !== 'default' && (secrets.length > 0 || modelsClaim !== undefined)
  return [
    ...imageNotes(places.filter(isInImage), image),
    ...(isMade ? [`kubectl create namespace ${namespace}`] : []),
    ...places
      .filter((place) => !isInImage(place))
      .map(
        ({ folder, place }) =>
          `PersistentVolumeClaim ${modelsClaim} in namespace ${namespace}: ${place}, which is ${folder.written} here`,
      ),
    ...secrets.map((process) => secretNote(process, namespace)),
  ]
}

/** The Dockerfiles take a list of folders of their context, and keep their paths. */
export function imageNotes(places: readonly ModelPlace[], image: string): readonly string[] {
  const models = [...new Set(places.map(({ place }) => place))].join(' ')
  return [
    `docker build -f Dockerfile-only-cloud --build-arg MODELS="${models}" -t ${image} .`,
    ...places
      .filter(({ isShipped }) => !isShipped)
      .map(({ folder, place }) => `  ${place} there is ${folder.written} of the deployment file`),
  ]
}

function secretNote(process: ContainedProcess, namespace: string): string {
  const keys = accessOf(process).map(({ kind, flag, value }) =>
    kind === 'secret'
      ? `--from-literal=${flag}=${flag.toUpperCase()}`
      : `--from-file=${flag}=${shellWord(value ?? 'TOKENS')}`,
  )
  return `kubectl -n ${namespace} create secret generic ${accessName(process)} ${keys.join(' ')}`
}

/** Where the door is not told who may ask. */
export function tokenNote({ file }: Deployment): string {
  return `The door answers clients that bring a token of the file TOKENS, one a line: door.flags of ${basename(file)} may name it (http-token-file), or let all ask (http-open: true)`
}
