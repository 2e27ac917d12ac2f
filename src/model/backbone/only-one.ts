// A backbone takes one image and gives one answer: which input and which output those are.
import { ModelError } from '../../errors.ts'

/** @throws DDNN_MODEL_DAMAGED when there is none, or more than one. */
export function onlyInput<T extends { readonly name: string }>(
  path: string,
  inputs: readonly T[],
): T {
  return onlyOne(path, inputs, 'input', 'Export the network with the image as its only input')
}

/** @throws DDNN_MODEL_DAMAGED when there is none, or more than one. */
export function onlyOutput<T extends { readonly name: string }>(
  path: string,
  outputs: readonly T[],
): T {
  return onlyOne(path, outputs, 'output', 'Export the network with its last output only')
}

function onlyOne<T extends { readonly name: string }>(
  path: string,
  found: readonly T[],
  what: string,
  hint: string,
): T {
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const names = found.map(({ name }) => name).join(', ')
  const got = found.length === 0 ? 'none' : `${found.length} (${names})`
  throw new ModelError('DDNN_MODEL_DAMAGED', `Expected '${path}' to have one ${what}, got ${got}`, {
    hint,
  })
}
