// The order of names that belong to a way: processes as an image meets them, parts as they are gone through.
const known = [
  ...['device', 'edge', 'fog', 'cloud', 'broker'],
  ...['queue', 'decode', 'compute', 'encode'],
]

/** For `toSorted`: known names in their order, others behind them as they were. */
export function byWay(a: string, b: string): number {
  return placeOf(a) - placeOf(b)
}

function placeOf(name: string): number {
  const place = known.indexOf(name)
  return place === -1 ? known.length : place
}
