// Faults for a real process of ours, brought in by `node --import`: nothing of it stands in src. On
// SIGUSR2 the process does what DDNN_TEST_FAULT says: 'stuck:FILE' keeps the event loop until there is such a
// file, 'workers' ends every worker thread.
import { existsSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import worker from 'node:worker_threads'

const started = new Set<worker.Worker>()

class RecordedWorker extends worker.Worker {
  constructor(...args: ConstructorParameters<typeof worker.Worker>) {
    super(...args)
    started.add(this)
    this.once('exit', () => started.delete(this))
  }
}

function strike(fault: string): void {
  if (fault === 'workers') for (const thread of started) void thread.terminate()
  const [, file] = /^stuck:(.*)$/.exec(fault) ?? []
  if (file !== undefined) while (!existsSync(file));
}

// Worker threads import it too.
if (worker.isMainThread) {
  worker.Worker = RecordedWorker
  syncBuiltinESMExports()
  process.on('SIGUSR2', () => strike(process.env['DDNN_TEST_FAULT'] ?? ''))
}
