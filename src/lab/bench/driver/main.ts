// The process that asks: the load generator and one client. Told over IPC what to do, one task at a time.
// Nothing of a client is imported before it is opened, so a contestant without ddnn has none of it here.
import { pathToFileURL } from 'node:url'
import { runLoad } from '../load/run-load.ts'
import type { Client, OpenClient } from './client.ts'
import type { Task, Told } from './messages.ts'
import { readClientInputs } from './read-inputs.ts'

let client: Client | undefined
let images = 0

async function handle(task: Task): Promise<Told> {
  if (task.kind === 'open') {
    const { openClient } = (await import(pathToFileURL(task.module).href)) as {
      readonly openClient: OpenClient
    }
    const inputs = await readClientInputs(task)
    images = inputs.count
    client = await openClient(task.settings as never, inputs)
    return { kind: 'opened' }
  }
  if (client === undefined) throw new Error('a task before the client was opened')
  if (task.kind === 'run') return { kind: 'ran', run: await runLoad(client, task.load, images) }
  if (task.kind === 'read') return { kind: 'counted', ...(await client.read()) }
  await client.close()
  return { kind: 'closed' }
}

function failureOf(thrown: unknown): Told {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const { code, hint } = error as { readonly code?: unknown; readonly hint?: unknown }
  return {
    kind: 'failed',
    message: error.message,
    code: typeof code === 'string' ? code : 'DDNN_INTERNAL',
    hint: typeof hint === 'string' ? hint : undefined,
  }
}

process.on('message', (task: Task) => {
  void handle(task)
    .catch(failureOf)
    .then((told) => process.send?.(told))
})
// The bench is gone, or wants nothing more: nothing of a client is worth waiting for.
process.on('disconnect', () => process.exit(0))
// A Ctrl-C goes to the whole group of processes; the bench ends this one in its order.
process.on('SIGINT', () => undefined)
