// The folders of a Pod's volumes, made as the kubelet makes them: files of ConfigMaps and Secrets behind
// links to a dated folder, with the modes that the Pod asks for and its fsGroup.
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { valuesOf } from '../../helpers/kubernetes.ts'
import type { NamespaceObjects, Pod, PodContainer, PodVolume } from './objects.ts'

/** A mount of the container: a folder or file of this machine, or a file system in memory. */
export interface Mount {
  readonly target: string
  /** None where it is in memory. */
  readonly source?: string
  readonly isWritable: boolean
}

const dated = '..2026_01_01_00_00_00.000000000'

/**
 * Makes the Pod's volumes below `folder` and says where the container has them.
 * @throws Error naming a volume of a kind that is not known here, or a key that is not there
 */
export function mountVolumes(
  pod: Pod,
  container: PodContainer,
  objects: NamespaceObjects,
  folder: string,
): readonly Mount[] {
  const fsGroup = pod.spec.securityContext?.fsGroup
  const made = new Map(
    (pod.spec.volumes ?? []).map((volume) => [
      volume.name,
      makeVolume(volume, objects, join(folder, volume.name), fsGroup),
    ]),
  )
  return (container.volumeMounts ?? []).map((mount) => {
    const { name, mountPath: target, subPath } = mount
    const volume = made.get(name)
    if (volume === undefined) throw new Error(`Expected a volume '${name}' in the Pod`)
    const isWritable = volume.isWritable && (mount as { readOnly?: boolean }).readOnly !== true
    if (volume.source === undefined) return { target, isWritable }
    const source = subPath === undefined ? volume.source : join(volume.source, subPath)
    return { target, source, isWritable }
  })
}

function makeVolume(
  volume: PodVolume,
  objects: NamespaceObjects,
  folder: string,
  fsGroup: number | undefined,
): { readonly source?: string; readonly isWritable: boolean } {
  const { configMap, secret, emptyDir, persistentVolumeClaim } = volume
  if (emptyDir?.medium === 'Memory') return { isWritable: true }
  mkdirSync(folder, { recursive: true })
  if (emptyDir !== undefined || persistentVolumeClaim !== undefined) {
    if (fsGroup !== undefined) chownSync(folder, 0, fsGroup)
    chmodSync(folder, emptyDir === undefined ? 0o2775 : 0o2777)
    return { source: folder, isWritable: true }
  }
  const from = configMap ?? secret
  if (from === undefined) {
    throw new Error(`Expected volume '${volume.name}' to be of a kind that is known here`)
  }
  const values =
    configMap === undefined
      ? valuesOf(objects.secrets, 'Secret', secret?.secretName ?? '')
      : valuesOf(objects.configMaps, 'ConfigMap', configMap.name)
  const items = from.items ?? Object.keys(values).map((key) => ({ key, path: key }))
  mkdirSync(join(folder, dated))
  symlinkSync(dated, join(folder, '..data'))
  for (const item of items) {
    const { key, path } = item
    const value = values[key]
    if (value === undefined) throw new Error(`Expected '${key}' for volume '${volume.name}'`)
    const file = join(folder, dated, path)
    writeFileSync(file, value)
    const mode = (item as { mode?: number }).mode ?? from.defaultMode
    chmodSync(file, fsGroup === undefined ? mode : mode | 0o440)
    chownSync(file, 0, fsGroup ?? 0)
    symlinkSync(join('..data', path), join(folder, path))
  }
  return { source: folder, isWritable: false }
}
