// A small system of linear equations, as the steps of a fit give it. Pure.

/** x of matrix x = right; Gauss's elimination with the largest pivot. A column without one gives 0. */
export function solveLinear(
  matrix: readonly ArrayLike<number>[],
  right: ArrayLike<number>,
): readonly number[] {
  const size = right.length
  const rows = matrix.map((row, i) => Float64Array.of(...Array.from(row), right[i] as number))
  for (let i = 0; i < size; i++) {
    let pivot = i
    for (let r = i + 1; r < size; r++) {
      if (Math.abs(rows[r]?.[i] as number) > Math.abs(rows[pivot]?.[i] as number)) pivot = r
    }
    const own = rows[pivot] as (typeof rows)[number]
    rows[pivot] = rows[i] as (typeof rows)[number]
    rows[i] = own
    if (own[i] === 0) continue
    for (const row of rows.slice(i + 1)) {
      const factor = (row[i] as number) / (own[i] as number)
      for (let c = i; c <= size; c++) row[c] = (row[c] as number) - factor * (own[c] as number)
    }
  }
  const x = new Array<number>(size).fill(0)
  for (let i = size - 1; i >= 0; i--) {
    const row = rows[i] as Float64Array
    let rest = row[size] as number
    for (let c = i + 1; c < size; c++) rest -= (row[c] as number) * (x[c] as number)
    x[i] = row[i] === 0 ? 0 : rest / (row[i] as number)
  }
  return x
}
