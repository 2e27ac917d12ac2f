// What a sum of products over named axes costs: 'abc,cd->abd', as attention and dense layers are written.

/** Multiply-adds: one for each value of all axes together; 0 where the axes are not named one by one. */
export function einsumMultiplyAdds(
  equation: string,
  shapes: readonly (readonly number[])[],
): number {
  const sizes = new Map<string, number>()
  const terms = (equation.split('->')[0] ?? '').split(',').map((term) => term.trim())
  for (const [i, term] of terms.entries()) {
    const named = term.replace('...', '')
    const shape = shapes[i] ?? []
    const more = term.includes('...') ? shape.length - named.length : 0
    const at = term.indexOf('...')
    const axes = [...named]
    if (more > 0) axes.splice(at, 0, ...Array.from({ length: more }, (_, k) => `...${k - more}`))
    if (axes.length !== shape.length) return 0
    axes.forEach((axis, k) => sizes.set(axis, Math.max(sizes.get(axis) ?? 0, shape[k] ?? 0)))
  }
  return [...sizes.values()].reduce((product, size) => product * size, 1)
}
