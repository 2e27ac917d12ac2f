// The order of a model's outputs where its file has them as a map: TensorFlow's signatures and what is
// converted from them. A map is sorted by the alphabet, so `cloud_exit` stands before `edge_exit`.

interface OrderedNames {
  readonly names: readonly string[]
  /** False where the names say nothing of the network's order; they are sorted then. */
  readonly isOrderKnown: boolean
}

/** Keras 3 and tf.saved_model.save number what a model returns. */
const numbered = /^output_(\d+)$/

/** @param said the names in the order of the network, where the model's files say it elsewhere. */
export function orderNames(
  names: readonly string[],
  said: readonly string[] | undefined,
): OrderedNames {
  const isSaid = said?.length === names.length && said.every((name) => names.includes(name))
  if (isSaid) return { names: said, isOrderKnown: true }
  const isOrderKnown = names.length < 2 || names.every((name) => numbered.test(name))
  // output_2 before output_10.
  const sorted = [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return { names: sorted, isOrderKnown }
}
