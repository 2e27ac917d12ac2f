// The model that a path or a message names: there is one a process, called as --model-name says.
import { nearestName } from '../../domain/nearest-name.ts'
import type { DoorModel, DoorOptions } from './door.ts'
import { DoorError } from './protocol.ts'

/** @throws DoorError 'not-found' for another name. */
export function assertModelName(
  { modelName }: Pick<DoorOptions, 'modelName'>,
  asked: string,
): void {
  if (asked === modelName) return
  const near = nearestName(asked.slice(0, 128), [modelName])
  throw new DoorError(
    'not-found',
    'DDNN_MODEL_MISSING',
    `Expected the name of a model that is served, got '${asked.slice(0, 128)}'`,
    { hint: near === undefined ? `There is '${modelName}'` : `Did you mean '${near}'?` },
  )
}

/**
 * The model that is served now.
 * @param version undefined or empty takes any.
 * @throws DoorError 'not-found' for another name or version, 'unavailable' while nobody can answer.
 */
export function findModel(
  options: Pick<DoorOptions, 'modelName' | 'backend'>,
  name: string,
  version: string | undefined,
): DoorModel {
  assertModelName(options, name)
  const model = options.backend.model()
  if (model === undefined) {
    const missing = options.backend.missing()
    throw new DoorError(
      'unavailable',
      'DDNN_REPLY_FAILED',
      `Expected '${name}' to be ready, got: ${missing.length === 0 ? 'starting' : missing.join('; ')}`,
      { hint: 'Come again when /v2/health/ready answers 200', retriable: true },
    )
  }
  if (version !== undefined && version !== '' && version !== model.version) {
    throw new DoorError(
      'not-found',
      'DDNN_MODEL_MISSING',
      `Expected a version of '${name}' that is served, got '${version.slice(0, 128)}'`,
      {
        hint:
          model.version === undefined
            ? 'Name none: the model does not say its version'
            : `There is '${model.version}'`,
      },
    )
  }
  return model
}
