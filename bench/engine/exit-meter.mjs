// Loaded into a process by `node --import`: tells its parent what CPU it took, all its threads, as it ends.
import { isMainThread } from 'node:worker_threads'

if (isMainThread && process.send !== undefined) {
  process.channel.unref()
  process.on('exit', () => {
    const { user, system } = process.cpuUsage()
    process.send({ cpuMs: (user + system) / 1000 })
  })
}
