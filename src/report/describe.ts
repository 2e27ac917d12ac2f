// Numbers for people.

/** '84.2 %' of 0.8421; '-' where there was nothing to count. */
export function describePercent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(digits)} %` : '-'
}

/** '4.2 ms', '1.3 s', '2 min 5 s'. */
export function describeMs(ms: number): string {
  if (ms < 999.5) return `${ms.toFixed(ms < 99.5 ? 1 : 0)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** As `describeMs`, in whole seconds: nobody knows better how long something takes. */
export function describeLeft(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  return seconds < 60 ? `${seconds} s` : describeMs(seconds * 1000)
}

/** '712 B', '8.6 kB', '170.1 MB': decimal, as disks and networks count. */
export function describeBytes(bytes: number): string {
  if (bytes < 999.5) return `${Math.round(bytes)} B`
  if (bytes < 999_950) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 999.95e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/** What an end before the end left: '3 of 20 images were not run'. The total is undefined where nobody knows it. */
export function describeNotRun(done: number, total: number | undefined): string {
  return total === undefined
    ? 'stopped before its end; how many images were not run is not known'
    : `${Math.max(0, total - done)} of ${total} images were not run`
}
