// One worker thread as a function: send a message, await its answer. Answers come in the order of the
// messages, so no numbers are needed. Keeps the process alive only while something is under way.
import { Worker } from 'node:worker_threads'
import { ModelError } from '../../../errors.ts'
import type { EngineName } from '../engine.ts'
import { closeAtExit, ExitGate } from './exit-gate.ts'
import {
  fromPlainError,
  type WorkerData,
  type WorkerMessage,
  type WorkerReply,
} from './messages.ts'

type Kind = WorkerReply['kind']
type ReplyOf<K extends Kind> = Extract<WorkerReply, { readonly kind: K }>

interface Pending {
  readonly resolve: (reply: WorkerReply) => void
  readonly reject: (error: Error) => void
}

export class WorkerThread {
  readonly #worker: Worker
  readonly #pending: Pending[] = []
  #isOver = false

  /** Resolves with the runtime's description. @throws DDNN_ENGINE_UNAVAILABLE */
  readonly started: Promise<string>
  /** Resolves with the reason once the thread is gone, whether it crashed or was ended. */
  readonly ended: Promise<Error>

  constructor(file: URL, engine: EngineName) {
    const gate = new ExitGate()
    const forgetGate = closeAtExit(gate)
    this.#worker = new Worker(file, {
      workerData: { engine, gate: gate.shared } satisfies WorkerData,
      name: `ddnn-${engine}`,
      // Flags of the process's own command line (--input-type, or those that Node's test runner adds)
      // are refused by a worker. V8's are the whole process's anyway.
      execArgv: [],
    })
    this.started = this.#expect('started').then(({ description }) => description)
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply))
    this.ended = new Promise((resolve) => {
      let crash: unknown
      this.#worker.once('error', (error) => (crash = error))
      this.#worker.once('exit', (exitCode) => {
        const reason = crash instanceof Error ? crash.message : `exit code ${exitCode}`
        const error = new ModelError(
          'DDNN_ENGINE_FAILED',
          `Expected the ${engine} worker to answer, got its end: ${reason}`,
          { retriable: true, cause: crash },
        )
        this.#isOver = true
        forgetGate()
        for (const { reject } of this.#pending.splice(0)) reject(error)
        resolve(error)
      })
    })
  }

  /**
   * Sends a message and resolves with its answer, which is of kind `kind`.
   * @throws DDNN_ENGINE_FAILED (retriable) when the thread ends before; else what the worker threw.
   */
  call<K extends Kind>(kind: K, message: WorkerMessage): Promise<ReplyOf<K>> {
    if (this.#isOver) return this.ended.then((error) => Promise.reject(error))
    const reply = this.#expect(kind)
    this.#worker.postMessage(message)
    return reply
  }

  /** Whether the thread is gone; true before `ended` resolves. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Ends the thread at once. */
  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #expect<K extends Kind>(kind: K): Promise<ReplyOf<K>> {
    if (this.#pending.length === 0) this.#worker.ref()
    return new Promise((resolve, reject) => {
      this.#pending.push({
        resolve: (reply) => {
          if (reply.kind === kind) return resolve(reply as ReplyOf<K>)
          reject(new ModelError('DDNN_INTERNAL', `Expected answer '${kind}', got '${reply.kind}'`))
        },
        reject,
      })
    })
  }

  #settle(reply: WorkerReply): void {
    const pending = this.#pending.shift()
    if (this.#pending.length === 0) this.#worker.unref()
    if (reply.kind === 'failed') pending?.reject(fromPlainError(reply.error))
    else pending?.resolve(reply)
  }
}
