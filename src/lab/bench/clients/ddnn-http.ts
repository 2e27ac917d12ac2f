// A program that asks a gateway over HTTP as a client of the bench: pixels by the protocol's binary extension,
// over connections that are kept open.
import { Agent, request } from 'node:http'
import { ReplyError } from '../../../errors.ts'
import type { Client, ClientAnswer, ClientInputs } from '../driver/client.ts'
import { asker } from './ddnn-kafka.ts'
import { createImages } from './images.ts'

export interface DdnnHttpSettings {
  /** Of the model's infer. */
  readonly url: string
  readonly maxInFlight: number
  readonly timeoutMs: number
}

/** What is read of an answer; all else is left out by asking for these outputs alone. */
const wanted = ['class', 'tier', 'fallback']

export function openClient(settings: DdnnHttpSettings, inputs: ClientInputs): Promise<Client> {
  const { url, maxInFlight, timeoutMs } = settings
  const agent = new Agent({ keepAlive: true, maxSockets: maxInFlight })
  const imageOf = createImages(inputs)
  const [height, width] = inputs.shape
  const size = height * width * 3
  const json = Buffer.from(
    JSON.stringify({
      parameters: { budget_ms: timeoutMs },
      inputs: [
        {
          name: 'image',
          datatype: 'UINT8',
          shape: [1, height, width, 3],
          parameters: { binary_data_size: size },
        },
      ],
      outputs: wanted.map((name) => ({ name })),
    }),
  )
  const headers = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': json.length,
    'content-length': json.length + size,
  }
  let bytes = 0
  const parts = { decode: 0, hop: 0 }

  const post = (pixels: Uint8Array) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const asked = request(url, { method: 'POST', agent, headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', reject)
      })
      asked.on('error', reject)
      asked.write(json)
      asked.end(pixels)
    })

  return Promise.resolve({
    maxInFlight,
    ask: async (index) => {
      const startedAt = performance.now()
      const { data } = await imageOf(index).read()
      const readAt = performance.now()
      parts.decode += readAt - startedAt
      bytes += json.length + size
      const { status, body } = await post(data as Uint8Array)
      parts.hop += performance.now() - readAt
      if (status !== 200) throw new ReplyError('DDNN_REPLY_FAILED', `HTTP ${status}: ${body}`)
      return answerOf(body)
    },
    read: () => ({
      bytes,
      parts: [
        { where: asker, part: 'decode', ms: parts.decode },
        { where: asker, part: 'hop', ms: parts.hop },
      ],
    }),
    close: () => {
      agent.destroy()
      return Promise.resolve()
    },
  })
}

function answerOf(body: string): ClientAnswer {
  const { outputs } = JSON.parse(body) as {
    readonly outputs: readonly { readonly name: string; readonly data: readonly unknown[] }[]
  }
  const valueOf = (name: string) => outputs.find((output) => output.name === name)?.data[0]
  const tier = String(valueOf('tier'))
  return {
    exit: valueOf('fallback') === true ? `${tier} (fallback)` : tier,
    prediction: Number(valueOf('class')),
  }
}
