// CPU time of processes of any make: ours, a broker's, a peer's.
import pidusage from 'pidusage'

/**
 * CPU that the processes have used since they began, all threads, user and system, milliseconds in steps of 10
 * (the kernel's clock ticks). Several pids of one name are one sum; one that has ended counts no more.
 */
export async function cpuMsOf(
  pids: Readonly<Record<string, number | readonly number[] | undefined>>,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [name, given] of Object.entries(pids)) {
    const all = [given ?? []].flat()
    const times = await Promise.all(all.map(timeOf))
    const known = times.filter((time) => time !== undefined)
    if (known.length > 0) found[name] = known.reduce((sum, time) => sum + time, 0)
  }
  return found
}

async function timeOf(pid: number): Promise<number | undefined> {
  try {
    return (await pidusage(pid)).ctime
  } catch {
    return undefined
  }
}
