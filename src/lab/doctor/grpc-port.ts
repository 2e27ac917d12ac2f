// The check of --grpc-port: free, or held by a ddnn, which is then likely the run that is examined.
import type { DoorConfig } from '../../cli/config.ts'
import { askHealth } from '../../serving/door/grpc/ask-health.ts'
import { hostInUrl, listenProblem } from '../../domain/host-address.ts'
import { ConfigError } from '../../errors.ts'
import type { Verdict } from './check.ts'
import type { Examination } from './examination.ts'
import { listenOnce } from '../../serving/supervisor/listen-once.ts'

export async function checkGrpcPort(exam: Examination, { grpc, tls }: DoorConfig): Promise<void> {
  if (grpc === undefined || grpc.port === 0) return
  const { port, host } = grpc
  const check = { id: 'process.grpc-port', group: 'Process', title: 'port of gRPC' }
  await exam.check(check, async (signal): Promise<Verdict<true>> => {
    const fault = await listenOnce(port, host)
    if (fault === undefined) return { found: `${port} is free`, facts: { port }, value: true }
    const at = hostInUrl(host)
    const health =
      fault.code === 'EADDRINUSE'
        ? await askHealth(`${at}:${port}`, tls !== undefined, signal).catch(() => undefined)
        : undefined
    if (health === undefined) {
      const got = fault.code ?? fault.message
      const { message, hint } = listenProblem('--grpc-port', port, host, got)
      throw new ConfigError('DDNN_CONFIG_INVALID', message, { hint })
    }
    const isReady = health === 'SERVING'
    return {
      status: isReady ? 'ok' : 'warning',
      found: `${port} is held by a ddnn that runs and is ${isReady ? 'ready' : 'not ready'}`,
      facts: { port, health },
      value: true,
    }
  })
}
