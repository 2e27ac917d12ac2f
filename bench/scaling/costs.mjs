// What one of each thing costs, from the rows of a run: slopes of the curves, for the arithmetic.
import { median } from '../chain/quantiles.mjs'

/** As `sizeFleet` takes them; undefined where the curves for it were not run. */
export function costsOf(rows) {
  const of = (curve, value, isLoaded, column) =>
    median(
      rows
        .filter((row) => row.curve === curve && row.value === value)
        .filter((row) => (row.load !== 'none') === isLoaded)
        .map((row) => row[column]),
    )
  const valuesOf = (curve) => [
    ...new Set(rows.filter((row) => row.curve === curve).map(({ value }) => value)),
  ]
  const ends = (curve) => [Math.min(...valuesOf(curve)), Math.max(...valuesOf(curve))]
  if (['rate', 'size', 'devices'].some((curve) => valuesOf(curve).length < 2)) return undefined
  const [, fastest] = ends('rate')
  const [small, large] = ends('size')
  const [few, many] = ends('devices')
  const anImage = (curve, value, column) =>
    of(curve, value, true, column) / of(curve, value, true, 'rate')
  const bytes = (side) =>
    of('size', side, true, 'requestBytes') + of('size', side, true, 'replyBytes')
  const slope = (of, from, to, distance) => Math.max(0, (of(to) - of(from)) / distance)
  const idle = (value) => of('devices', value, false, 'brokerCpu')
  const foreign = (value) => of('devices', value, true, 'foreign')
  const askerSecond = slope(idle, few, many, many - few)
  // Of what an image costs with many devices, less what they cost at rest.
  const loaded = (value) =>
    anImage('devices', value, 'brokerCpu') -
    (askerSecond * value) / of('devices', value, true, 'rate')
  return {
    brokerMsAnImage: anImage('rate', fastest, 'brokerCpu'),
    brokerMsAMB: slope(
      (side) => anImage('size', side, 'brokerCpu'),
      small,
      large,
      (bytes(large) - bytes(small)) / 1e6,
    ),
    brokerMsAForeign: slope(loaded, few, many, foreign(many) - foreign(few)),
    brokerMsAnAskerSecond: askerSecond,
    tierMsAnImage: anImage('rate', fastest, 'tierCpu'),
    tierMb: median(rows.map(({ tierRssMb }) => tierRssMb)),
  }
}
