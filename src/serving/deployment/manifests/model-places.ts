// Where a deployment's model folders stand in a container: those of the package and those of an image at the
// paths that the Dockerfiles give them, those of a volume below its mount.
import { dirname, relative, sep } from 'node:path'
import { ConfigError } from '../../../errors.ts'
import type { Deployment, ModelFolder } from '../deployment.ts'

export interface ModelPlace {
  readonly folder: ModelFolder
  readonly isShipped: boolean
  /** With slashes, below the image's working folder or the volume: 'saved_models/edge'. */
  readonly place: string
  /** What the process is told: 'saved_models/edge', '/models/mine/edge'. */
  readonly path: string
}

/** Where a volume with models is mounted. */
export const modelsMount = '/models'

/**
 * The places of all folders of a deployment, by their paths here; folders of one's own keep their path from the
 * deployment file on.
 * @param onVolume whether folders that are not the package's come by a volume
 * @throws DDNN_CONFIG_INVALID where two folders would stand at one place, or a place cannot be told to a process.
 */
export function modelPlaces(
  { file, tiers }: Deployment,
  onVolume: boolean,
): ReadonlyMap<string, ModelPlace> {
  const places = new Map<string, ModelPlace>()
  for (const folder of tiers.flatMap((tier) => tier.models)) {
    const place = placeOf(folder, onVolume, dirname(file))
    const other = [...places.values()].find(({ path }) => path === place.path)
    if (other !== undefined && other.folder.path !== folder.path) {
      throw refused(
        file,
        `to stand at different places`,
        `${other.folder.written} and ${folder.written}, both ${place.place}`,
      )
    }
    if (!/^[^\s,]+$/.test(place.path)) {
      throw refused(file, 'to have no space or comma in it', `'${place.place}'`)
    }
    places.set(folder.path, place)
  }
  return places
}

function placeOf(folder: ModelFolder, onVolume: boolean, from: string): ModelPlace {
  const [first, ...rest] = folder.written.split(/[/\\]/)
  if (first === 'shipped' && rest.length > 0) {
    const place = ['saved_models', ...rest].join('/')
    return { folder, isShipped: true, place, path: place }
  }
  const place = relative(from, folder.path)
    .split(sep)
    .filter((part) => part !== '..' && part !== '')
    // A drive of Windows.
    .map((part) => part.replace(/:$/, ''))
    .join('/')
  return { folder, isShipped: false, place, path: onVolume ? `${modelsMount}/${place}` : place }
}

function refused(file: string, expected: string, got: string): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected model folders of '${file}' ${expected} in a container, got ${got}`,
    { hint: 'Move the folder, or name it anew: its path from the deployment file on is kept' },
  )
}
