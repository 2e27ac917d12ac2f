// Numbers for people.

/** '84.2 %' of 0.8421. */
export function describePercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** '4.2 ms', '1.3 s', '2 min 5 s'. */
export function describeMs(ms: number): string {
  if (ms < 999.5) return `${ms.toFixed(ms < 99.5 ? 1 : 0)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
