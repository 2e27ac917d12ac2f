// Names of nodes without the calls that they stood in, as far as they stay different: a user knows
// 'conv1/Relu', not 'StatefulPartitionedCall_1/StatefulPartitionedCall/conv1/Relu'.

/** New names by old ones. */
export function shortNames(names: readonly string[]): ReadonlyMap<string, string> {
  const short = names
    .map((name) => name.replace(/(^|\/)(Stateful)?PartitionedCall(_\d+)?(?=\/)/g, ''))
    .map((name) => name.replace(/^\//, ''))
  const counts = new Map<string, number>()
  for (const name of short) counts.set(name, (counts.get(name) ?? 0) + 1)
  const kept = new Set(names)
  return new Map(
    names.map((name, i) => {
      const wanted = short[i] ?? name
      const isFree = counts.get(wanted) === 1 && (wanted === name || !kept.has(wanted))
      return [name, isFree ? wanted : name]
    }),
  )
}
