// Asks the gRPC door of a process how it is, by the health checking protocol.
import { Client, credentials } from '@grpc/grpc-js'
import { healthService, inferenceServiceName } from './services.ts'

/** Longest wait where the signal does not end it before, milliseconds. */
const longestMs = 5000

/**
 * SERVING or NOT_SERVING.
 * @param at host:port, where a certificate may name another host than is asked here.
 * @throws what grpc-js rejects with where nobody answers, or no door of ddnn.
 */
export async function askHealth(
  at: string,
  isSecure: boolean,
  signal: AbortSignal,
): Promise<string> {
  const check = healthService['Check']
  if (check === undefined) throw new Error('Expected a method Check')
  const secure = () => credentials.createSsl(null, null, null, { rejectUnauthorized: false })
  const client = new Client(at, isSecure ? secure() : credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
    // An address is no name that TLS may send.
    ...(isSecure ? { 'grpc.ssl_target_name_override': 'localhost' } : {}),
  })
  try {
    return await new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(
        check.path,
        check.requestSerialize,
        check.responseDeserialize as (bytes: Buffer) => { readonly status: string },
        { service: inferenceServiceName },
        { deadline: Date.now() + longestMs },
        (error, answer) => {
          if (error !== null || answer === undefined) reject(error ?? new Error('no answer'))
          else resolve(answer.status)
        },
      )
      signal.addEventListener('abort', () => call.cancel(), { once: true })
    })
  } finally {
    client.close()
  }
}
