// The breaker in front of a requester: after repeated misses it refuses at once, so that a dead front
// costs its askers no waiting, and lets one request through now and then to see if it is back.
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker } from 'cockatiel'
import { handleWhen } from 'cockatiel'
import { DdnnError, TransportError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics/metrics.ts'

export interface BreakerOptions {
  /** Misses one after another that open it; default 5. */
  readonly misses?: number
  /** From opening to the first probe, and between probes, milliseconds; default 2000. */
  readonly halfOpenAfterMs?: number
  /**
   * A request that gave the front less time than this, and less than it usually takes, is no miss,
   * milliseconds; default 1000.
   */
  readonly patienceMs?: number
}

export interface FrontBreaker {
  /**
   * Runs it and counts a miss, but not one that `isFair` says the front could do nothing about.
   * @throws DDNN_FRONT_SILENT without running it while open, or while a probe is under way.
   */
  run<T>(ask: () => Promise<T>, isFair?: () => boolean): Promise<T>
}

/** A miss is a front that does not answer or cannot be reached; an error reply is an answer. */
function isMiss(error: unknown): boolean {
  return (
    error instanceof DdnnError &&
    (error.code === 'DDNN_REPLY_TIMEOUT' || error.code === 'DDNN_TRANSPORT_UNREACHABLE')
  )
}

/** One breaker for one front. State goes to the log, once a change, and to the gauge. */
export function createFrontBreaker(
  topic: string,
  options: BreakerOptions,
  log: Logger,
  metrics: Metrics,
): FrontBreaker {
  const handled = handleWhen(
    (failure) =>
      failure instanceof Failure &&
      // What is not counted of a probe the library takes for a success: it would open the door, although
      // nothing was proved.
      (policy.state === CircuitState.HalfOpen || (isMiss(failure.error) && failure.isFair)),
  )
  const policy = circuitBreaker(handled, {
    halfOpenAfter: options.halfOpenAfterMs ?? 2000,
    breaker: new ConsecutiveBreaker(options.misses ?? 5),
  })
  metrics.announce(['breaker'], { topic: [topic] })
  let isOpen = false
  policy.onStateChange((state) => {
    metrics.breaker.set({ topic }, gaugeOf[state])
    if (state === CircuitState.Open && !isOpen) {
      isOpen = true
      log.warn({ topic }, 'the front does not answer: no more requests until a probe is answered')
    }
    if (state === CircuitState.Closed && isOpen) {
      isOpen = false
      log.info({ topic }, 'the front answers again')
    }
  })
  const refusal = () =>
    new TransportError('DDNN_FRONT_SILENT', `Expected the front at '${topic}' to answer lately`, {
      retriable: true,
      hint: 'Look at the tier in front; a probe tries it again by itself',
    })
  return {
    async run(ask, isFair = () => true) {
      // The library lets others wait for the probe; here they would spend their budgets on it.
      if (policy.state === CircuitState.HalfOpen) throw refusal()
      try {
        return await policy.execute(() =>
          ask().catch((thrown: unknown) => {
            throw new Failure(thrown, isFair())
          }),
        )
      } catch (thrown) {
        if (thrown instanceof BrokenCircuitError) throw refusal()
        throw thrown instanceof Failure ? thrown.error : thrown
      }
    },
  }
}

/** An error on its way through the library, with what it needs to know of it. */
class Failure extends Error {
  readonly error: unknown
  readonly isFair: boolean

  constructor(error: unknown, isFair: boolean) {
    super('ask failed')
    this.error = error
    this.isFair = isFair
  }
}

const gaugeOf = {
  [CircuitState.Closed]: 0,
  [CircuitState.HalfOpen]: 1,
  [CircuitState.Open]: 2,
  [CircuitState.Isolated]: 2,
} as const
