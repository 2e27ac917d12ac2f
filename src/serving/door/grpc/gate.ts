// What stands before every call: who may ask, and how many at once, both looked at before a byte of the message is
// read, so that nobody fills the memory who would not be answered. Counts inference by its status, too.
import { ServerInterceptingCall, status, type ServerInterceptor } from '@grpc/grpc-js'
import type { Metrics } from '../../../telemetry/metrics/metrics.ts'
import type { Access } from '../access.ts'
import { DoorError } from '../protocol.ts'
import { toStatus } from './status.ts'
import { doorStatuses } from '../../../telemetry/metrics/known-values.ts'

interface GateOptions {
  readonly access: Access
  /** Path of the method that only who has access may call, '/package.Service/Method'; all may call the others. */
  readonly guarded: string
  /** Path of the method whose calls stay open for as long as somebody watches. */
  readonly held: string
  /** Most calls of the guarded method under way at once, from their first byte to their last. */
  readonly maxCalls: number
  readonly metrics: Metrics
}

/** The same for all other methods together: their messages are small, but nobody knows before they are read. */
const maxOtherCalls = 256

/** Longest time that a message may take to arrive, milliseconds: as the HTTP port's `requestMs`. */
const readMs = 120_000

export function createGate(options: GateOptions): ServerInterceptor {
  const { access, guarded, held, maxCalls, metrics } = options
  metrics.announce(['doorRequests', 'doorImages', 'doorLatency'], {
    door: ['grpc'],
    status: doorStatuses.grpc,
  })
  const inference = createCount(maxCalls)
  const others = createCount(maxOtherCalls)
  // Who watches must not keep a probe from its answer.
  const watches = createCount(maxOtherCalls)
  const countOf = (path: string) =>
    path === guarded ? inference : path === held ? watches : others
  return ({ path }, call) => {
    const isGuarded = path === guarded
    const startedAt = performance.now()
    let ended: status | undefined
    let leave: () => void = () => undefined
    let late: NodeJS.Timeout | undefined
    const gated = new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            try {
              if (isGuarded) {
                const token = metadata.get('authorization')[0]?.toString()
                access.check(token, call.getConnectionInfo().remoteAddress)
              }
              leave = countOf(path).enter()
            } catch (thrown) {
              return gated.sendStatus(toStatus(thrown))
            }
            late = setTimeout(() => gated.sendStatus(toStatus(tooSlow())), readMs)
            pass(metadata)
          },
          onReceiveMessage: (message, pass) => {
            clearTimeout(late)
            pass(message)
          },
          // Of every call, whether it was cancelled or answered; what ended without us was cancelled, or was too large.
          onCancel: () => {
            clearTimeout(late)
            leave()
            if (!isGuarded) return
            ended ??= Date.now() >= Number(call.getDeadline()) ? deadlineExceeded : status.CANCELLED
            metrics.doorRequests.inc({ door: 'grpc', status: status[ended] })
            metrics.doorLatency.observe({ door: 'grpc' }, (performance.now() - startedAt) / 1000)
          },
        }),
      sendStatus: (end, next) => {
        ended ??= end.code
        next(end)
      },
    })
    return gated
  }
}

const deadlineExceeded = status.DEADLINE_EXCEEDED

/** Places, of which a call takes one; `enter` gives back how to leave, which works once. */
function createCount(most: number): { enter(): () => void } {
  let now = 0
  return {
    enter: () => {
      if (now >= most) {
        throw new DoorError(
          'overloaded',
          'DDNN_OVERLOADED',
          `Expected at most ${most} calls under way at once, got more`,
          { hint: 'Come again a little later', retriable: true },
        )
      }
      now++
      let isIn = true
      return () => {
        if (isIn) now--
        isIn = false
      }
    },
  }
}

function tooSlow(): DoorError {
  return new DoorError(
    'invalid',
    'DDNN_FRAME_MALFORMED',
    `Expected the message within ${readMs / 1000} s, it took longer`,
  )
}
