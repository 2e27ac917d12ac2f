// Keeps one process running: starts it, knows when it is ready, starts it again when it dies, later each time, and
// gives up on one that only dies.
import { setTimeout } from 'node:timers/promises'
import { ConfigError, errorCodes } from '../../errors.ts'
import { describeEnd, startChild, type Child, type ChildEnd, type OutputStream } from './child.ts'
import { untilReady } from './probe.ts'

/** What one process is started with. */
export interface PlannedProcess {
  /** In front of its lines: 'edge', or 'edge.1' of several replicas. */
  readonly label: string
  /** Of `ddnn`. */
  readonly argv: readonly string[]
  /** Its page of /v2/health/ready. */
  readonly readyUrl: string
  /** How long it may take to end in order, milliseconds. */
  readonly endWithinMs: number
}

interface KeepOptions {
  /** dist/main.js. */
  readonly main: string
  readonly env: Readonly<Record<string, string>>
  readonly onLine: (stream: OutputStream, line: string) => void
  /** Told what happens to it: it ended, it starts again. */
  readonly say: (line: string) => void
  readonly policy?: RestartPolicy
}

export interface RestartPolicy {
  /** Wait before the first start again, doubled from death to death, milliseconds. */
  readonly firstWaitMs: number
  readonly mostWaitMs: number
  /** One that died sooner than this after its start counts as a fast death. */
  readonly fastMs: number
  /** So many fast deaths in a row, and no start follows. */
  readonly mostFastDeaths: number
}

const defaultPolicy: RestartPolicy = {
  firstWaitMs: 500,
  mostWaitMs: 15_000,
  fastMs: 10_000,
  mostFastDeaths: 5,
}

/** Nobody asked it to end, and it is not started again. */
export class EndedByItself extends Error {}

/** What a process ends with (cli/exit-code.ts) where flags, files or models are wrong. */
const usageCode = 2

export interface KeptProcess {
  readonly label: string
  /** Resolves when it is ready for the first time. Never rejects: see `failed`. */
  readonly ready: Promise<void>
  /**
   * Resolves only when nothing more is started: with its own words and code for one that ended by exit code 2 before
   * it was ever ready; else it keeps dying.
   */
  readonly failed: Promise<ConfigError | EndedByItself>
  /** Of the process that runs now. */
  pid(): number | undefined
  /** Ends it in order, for good. */
  end(): Promise<void>
}

/** Starts it at once. */
export function keepRunning(planned: PlannedProcess, options: KeepOptions): KeptProcess {
  const { say, policy = defaultPolicy } = options
  const ending = new AbortController()
  let child: Child | undefined
  let wasReady = false
  let setReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => (setReady = resolve))

  async function runOnce(): Promise<ChildEnd> {
    const { main, env, onLine } = options
    const started = (child = startChild({ argv: [main, ...planned.argv], env, onLine }))
    const gone = new AbortController()
    void untilReady(planned.readyUrl, gone.signal).then(
      () => {
        if (wasReady) say('is ready again')
        wasReady = true
        setReady()
      },
      () => undefined,
    )
    const end = await started.ended
    gone.abort()
    return end
  }

  async function runOn(): Promise<ConfigError | EndedByItself | undefined> {
    for (let fastDeaths = 0, waitMs = policy.firstWaitMs; ;) {
      const startedAt = performance.now()
      const end = await runOnce()
      if (ending.signal.aborted) return undefined
      if (!wasReady && end.code === usageCode) return badStart(planned, child?.words() ?? [])
      const isFast = performance.now() - startedAt < policy.fastMs
      fastDeaths = isFast ? fastDeaths + 1 : 0
      if (!isFast) waitMs = policy.firstWaitMs
      if (fastDeaths >= policy.mostFastDeaths) return keepsDying(planned, end, policy)
      say(`ended with ${describeEnd(end)}; starts again in ${waitMs / 1000} s`)
      await setTimeout(waitMs, undefined, { signal: ending.signal }).catch(() => undefined)
      if (ending.signal.aborted) return undefined
      waitMs = Math.min(policy.mostWaitMs, waitMs * 2)
    }
  }

  const over = runOn()
  return {
    label: planned.label,
    ready,
    failed: new Promise((resolve) => {
      void over.then((error) => {
        if (error !== undefined) resolve(error)
      })
    }),
    pid: () => child?.pid,
    async end() {
      ending.abort()
      await child?.end(planned.endWithinMs)
      await over
    },
  }
}

/** Its last words are those of cli/execute.ts: 'ddnn: Expected ... [CODE]', and a hint. */
function badStart({ label }: PlannedProcess, words: readonly string[]): ConfigError {
  const at = words.findLastIndex((line) => line.startsWith('ddnn: '))
  const text = (at === -1 ? words.slice(-3) : words.slice(at)).join('\n').replace(/^ddnn: /, '')
  const [, message = text, name, hint] = /^(.*?) \[(DDNN_\w+)\](?:\n\s*(.*))?$/s.exec(text) ?? []
  const code = errorCodes.find((known) => known === name) ?? 'DDNN_CONFIG_INVALID'
  return new ConfigError(code, `${label} could not start: ${message}`, { hint })
}

function keepsDying(planned: PlannedProcess, end: ChildEnd, policy: RestartPolicy): EndedByItself {
  const { mostFastDeaths, fastMs } = policy
  return new EndedByItself(
    `${planned.label} ended ${mostFastDeaths} times within ${fastMs / 1000} s of its start, the last time with ${describeEnd(end)}; its log is above`,
  )
}
