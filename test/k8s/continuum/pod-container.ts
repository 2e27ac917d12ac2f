// One container of a Pod, started by an OCI runtime as the kubelet has it started: the image's settings
// under the Pod's, its environment from ConfigMaps, Secrets and fields, its volumes, its user, its network.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '../../helpers/cli.ts'
import type { ImageConfig } from '../../helpers/buildah.ts'
import { startBundle, type RunningContainer } from '../../helpers/container.ts'
import { environmentOf, expand } from '../../helpers/kubernetes.ts'
import { readOnly, type Files } from './images.ts'
import type { NamespaceObjects, Pod, PodContainer } from './objects.ts'
import { runtimeSpec } from './runtime-spec.ts'
import { mountVolumes, type Mount } from './volumes.ts'

/** Where a container runs. */
export interface Place {
  /** Path of its network namespace. */
  readonly network: string
  /** Rewritten in place when names change. */
  readonly hostsFile: string
  /** Holds its volumes; others of the same Pod name find them there. */
  readonly folder: string
}

/** The only container of a Pod. @throws Error where there are more, as nothing here makes those */
export function onlyContainer(pod: Pod): PodContainer {
  const { containers, initContainers = [] } = pod.spec
  const [container, ...others] = containers
  if (container === undefined || others.length > 0 || initContainers.length > 0) {
    throw new Error(`Expected Pod '${pod.metadata.name}' to have one container`)
  }
  return container
}

/** Starts it. @throws Error naming what of the Pod is not there, or not known here */
export function startPodContainer(
  pod: Pod,
  objects: NamespaceObjects,
  files: Files,
  place: Place,
): RunningContainer {
  const container = onlyContainer(pod)
  const { config } = files
  const own = environmentOf(container, {
    podName: pod.metadata.name,
    namespace: objects.namespace,
    labels: pod.metadata.labels ?? {},
    configMaps: objects.configMaps,
    secrets: objects.secrets,
  })
  const said = (words: readonly string[] | undefined) => words?.map((word) => expand(word, own))
  // A command leaves the image's arguments out, too.
  const words =
    container.command === undefined
      ? [...(config.Entrypoint ?? []), ...(said(container.args) ?? config.Cmd ?? [])]
      : [...(said(container.command) ?? []), ...(said(container.args) ?? [])]
  const env = {
    ...Object.fromEntries((config.Env ?? []).map((line) => line.split(/=(.*)/s, 2))),
    HOSTNAME: pod.metadata.name,
    ...own,
  } as Readonly<Record<string, string>>
  return startBundle(
    tempFolder(),
    runtimeSpec({
      hostname: pod.metadata.name,
      args: words,
      env,
      cwd: container.workingDir ?? config.WorkingDir ?? '/',
      ...securityOf(pod, container, config),
      rootfs: files.rootfs,
      mounts: [
        ...files.mounts,
        ...mountVolumes(pod, container, objects, place.folder),
        ...namesAt(place),
      ],
      network: place.network,
    }),
    3_600_000,
  )
}

function securityOf(pod: Pod, container: PodContainer, config: ImageConfig) {
  const [imageUid = 0, imageGid = 0] = (config.User ?? '0:0').split(':').map(Number)
  const context = { ...pod.spec.securityContext, ...container.securityContext }
  const { fsGroup, capabilities } = context
  if (capabilities?.drop?.join() !== 'ALL' || capabilities.add !== undefined) {
    throw new Error(`Expected container '${container.name}' to drop all capabilities`)
  }
  return {
    user: {
      uid: context.runAsUser ?? imageUid,
      gid: context.runAsGroup ?? imageGid,
      additionalGids: fsGroup === undefined ? [] : [fsGroup],
    },
    isRootWritable: context.readOnlyRootFilesystem !== true,
    mayGainPrivileges: context.allowPrivilegeEscalation !== false,
  }
}

function namesAt({ hostsFile, folder }: Place): readonly Mount[] {
  // No name server: what the hosts file does not have is not there.
  const resolver = join(folder, 'resolv.conf')
  writeFileSync(resolver, '')
  return [readOnly(hostsFile, '/etc/hosts'), readOnly(resolver, '/etc/resolv.conf')]
}
