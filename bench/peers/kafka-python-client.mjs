// The client of the kafka-python chain, in the process that asks: a Python device beside it is told an index
// and answers a line, one image at a time.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** `command`, `args` and `env` of kafka_device.py. */
export async function openClient({ command, args, env }) {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // Without a reader left it would write into nothing and stay.
  process.once('exit', () => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the Python device ended')
    return JSON.parse(value)
  }
  await nextLine()
  return {
    maxInFlight: 1,
    ask: (index) => {
      child.stdin.write(`${index}\n`)
      return nextLine()
    },
    read: () => ({ bytes: 0, parts: [] }),
    close: async () => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
