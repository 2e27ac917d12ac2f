// The worker threads of the input pipeline, as one function: send a request to the least busy one and await its
// answer. An idle thread never keeps the process alive.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { DdnnError } from '../../errors.ts'
import type {
  DecodeReply,
  DecodeRequest,
  FillReply,
  FillRequest,
  InputReply,
  InputRequest,
} from './input-messages.ts'

export interface InputWorkers {
  readonly count: number
  /** @throws DDNN_OUTPUT_FAILED when the scratch file cannot be written. */
  decode(request: DecodeRequest): Promise<DecodeReply>
  /** Takes the request's buffer; the reply brings it back. */
  fill(request: FillRequest): Promise<FillReply>
  /** Ends the threads at once; what is under way is rejected. Idempotent. */
  close(): Promise<void>
}

interface Pending {
  readonly resolve: (reply: InputReply) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  /** Answers come in the order of the requests, so no numbers are needed. */
  readonly pending: Pending[]
  /** Told to end: keeps the process alive until it has. */
  isClosing: boolean
  /** Why it is gone. */
  end?: Error
}

const workerFile = new URL(`./input-worker${extname(import.meta.url)}`, import.meta.url)

/** Starts `count` threads. */
export function createInputWorkers(count: number): InputWorkers {
  const threads = Array.from({ length: count }, () => startThread(count))

  const send = (request: InputRequest, transfer: readonly ArrayBuffer[]): Promise<InputReply> => {
    const thread = threads.reduce((a, b) => (b.pending.length < a.pending.length ? b : a))
    if (thread.end !== undefined) return Promise.reject(thread.end)
    return new Promise((resolve, reject) => {
      thread.pending.push({ resolve, reject })
      thread.worker.ref()
      thread.worker.postMessage(request, [...transfer])
    })
  }

  return {
    count,
    async decode(request) {
      const reply = await send(request, [])
      if (reply.kind === 'decode') return reply
      throw new DdnnError(
        'DDNN_OUTPUT_FAILED',
        `Expected to keep decoded images: ${problemOf(reply)}`,
        {
          hint: 'Pass --cache DIR with a folder that has room for them',
        },
      )
    },
    async fill(request) {
      const reply = await send(request, [request.buffer])
      if (reply.kind === 'fill') return reply
      throw new DdnnError('DDNN_INTERNAL', `Expected a batch of images: ${problemOf(reply)}`)
    },
    async close() {
      // An idle one does not keep the process alive, and would never be seen to end; nor would a busy one,
      // were its last answer still taken for the end of its work.
      for (const thread of threads) {
        thread.isClosing = true
        thread.worker.ref()
      }
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}

function startThread(count: number): Thread {
  // Flags of the process's own command line, as those of Node's test runner, are refused by a worker.
  const worker = new Worker(workerFile, { name: 'ddnn-input', execArgv: [], workerData: count })
  const thread: Thread = { worker, pending: [], isClosing: false }
  const { pending } = thread
  let crash: unknown
  worker.unref()
  worker.on('message', (reply: InputReply) => {
    pending.shift()?.resolve(reply)
    if (pending.length === 0 && !thread.isClosing) worker.unref()
  })
  worker.once('error', (error) => (crash = error))
  worker.once('exit', () => {
    const reason = crash instanceof Error ? crash.message : 'it ended'
    const error = new DdnnError('DDNN_INTERNAL', `Expected an input worker to answer: ${reason}`, {
      cause: crash,
    })
    thread.end = error
    for (const { reject } of pending.splice(0)) reject(error)
  })
  return thread
}

function problemOf(reply: InputReply): string {
  return reply.kind === 'failed' ? reply.message : `got a '${reply.kind}'`
}
