// What a case's result means, in one line and as a row of the table.

export const chaosColumns = [
  'case',
  'images',
  'lost',
  'wrong',
  'double',
  'fallbacks',
  'came twice',
  'p50 ms',
  'worst answer ms',
  'limit ms',
  'result',
]

/** `isRight`: nothing lost, wrong or double. `late`: the limits of time that were not kept, in words. */
export function summaryOf(result) {
  if (result.failure !== undefined) {
    return { isRight: false, late: [], text: `did not run: ${result.failure}` }
  }
  const { lost, wrong, double, exitCode, isBroken, note, limits, worstMs, details = {} } = result
  const isRight = lost === 0 && wrong === 0 && double === 0 && exitCode === 0 && isBroken !== true
  const late = worstMs > limits.worstMs ? [`worst answer ${Math.round(worstMs)} ms`] : []
  for (const [name, most] of Object.entries(limits.details ?? {})) {
    if (!(details[name] <= most)) late.push(`${name} ${details[name]}, limit ${most}`)
  }
  const counts = `${result.images} images, ${lost} lost, ${wrong} wrong, ${double} double, ${result.fallbacks} fallbacks`
  const told = Object.entries(details).map(([name, value]) => `${name} ${value}`)
  if (exitCode !== 0) told.push(`the device's exit code ${exitCode}`)
  const extras = [...told, ...(note === undefined ? [] : [note]), ...late.map((l) => `LATE: ${l}`)]
  const errors = Object.entries(result.errors).map(([code, n]) => `${n} ${code}`)
  const text = [counts, `worst ${Math.round(worstMs)} ms`, ...errors, ...extras].join('; ')
  return { isRight, late, text: `${isRight ? 'right' : 'WRONG'}: ${text}` }
}

/** Cells of a result. */
export function chaosRow(one) {
  const round = (ms) => (ms === undefined ? '' : String(Math.round(ms)))
  const extras = Object.entries(one.details ?? {}).map(([name, value]) => `${name} ${value}`)
  const told = [...(one.note === undefined ? [] : [one.note]), ...extras, ...one.late]
  const verdict = one.failure !== undefined ? 'did not run' : one.isRight ? 'right' : 'wrong'
  return [
    `${one.name}: ${one.what}`,
    one.images ?? '',
    one.lost ?? '',
    one.wrong ?? '',
    one.double ?? '',
    one.fallbacks ?? '',
    one.duplicates ?? '',
    round(one.p50Ms),
    round(one.worstMs),
    round(one.limits.worstMs),
    [one.late.length > 0 ? `${verdict}, late` : verdict, ...told].join('; '),
  ]
}
