// gRPC's health checking protocol over what the process says of its readiness: Kubernetes' grpc probe asks Check,
// load balancers hold a Watch.
import {
  status,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'

interface HealthRequest {
  readonly service: string
}
type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN'
interface HealthResponse {
  readonly status: ServingStatus
}

interface HealthService {
  readonly handlers: UntypedServiceImplementation
  /** Tells all who watch that it serves no more, and ends their calls. Idempotent. */
  stop(): void
}

/** Between two looks for who watches, milliseconds. */
const lookMs = 1000

/** @param services that answer when this process is ready; the empty name is the process. */
export function createHealthService(
  services: readonly string[],
  isReady: () => boolean,
): HealthService {
  const known = new Set(['', ...services])
  const stops = new Set<() => void>()
  let isStopped = false
  const look = (service: string): ServingStatus =>
    !known.has(service) ? 'SERVICE_UNKNOWN' : isReady() && !isStopped ? 'SERVING' : 'NOT_SERVING'

  const check: handleUnaryCall<HealthRequest, HealthResponse> = ({ request }, callback) => {
    const found = look(request.service)
    if (found !== 'SERVICE_UNKNOWN') return callback(null, { status: found })
    const names = [...known].filter((name) => name !== '').join(', ')
    callback({ code: status.NOT_FOUND, details: `Expected one of ${names}, or no name` })
  }
  const watch: handleServerStreamingCall<HealthRequest, HealthResponse> = (call) => {
    let told: ServingStatus | undefined
    const tell = () => {
      const now = look(call.request.service)
      if (now !== told) call.write({ status: now })
      told = now
    }
    const timer = setInterval(tell, lookMs)
    const stop = () => {
      tell()
      call.end()
    }
    stops.add(stop)
    call.once('cancelled', () => {
      clearInterval(timer)
      stops.delete(stop)
    })
    tell()
    if (isStopped) stop()
  }
  return {
    handlers: { Check: check, Watch: watch },
    stop: () => {
      isStopped = true
      for (const stop of stops) stop()
    },
  }
}
