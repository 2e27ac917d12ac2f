// Why engines that run networks refuse a stand-in of load tests.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { ModelError } from '../../../errors.ts'

export function noNetworkError({ folder }: SubmodelSpec): ModelError {
  return new ModelError(
    'DDNN_ENGINE_UNAVAILABLE',
    `Expected a network in '${folder}', got a stand-in of fixed time`,
    { hint: 'Leave --engine out' },
  )
}
