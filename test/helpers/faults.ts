// Faults for a real process of ours, brought in by `node --import`: nothing of it stands in src. On
// SIGUSR2 the process does what DDNN_TEST_FAULT says: 'stuck:4000' keeps the event loop for so many
// milliseconds, 'workers' ends every worker thread.
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
  const [what, ms] = fault.split(':')
  if (what === 'workers') for (const thread of started) void thread.terminate()
  if (what === 'stuck') {
    const until = performance.now() + Number(ms)
    while (performance.now() < until);
  }
}

// Worker threads import it too.
if (worker.isMainThread) {
  worker.Worker = RecordedWorker
  syncBuiltinESMExports()
  process.on('SIGUSR2', () => strike(process.env['DDNN_TEST_FAULT'] ?? ''))
}
