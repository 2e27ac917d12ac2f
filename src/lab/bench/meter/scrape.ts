// What a tier says of itself on its /metrics, as totals of the parts of its time.
import { request } from 'node:http'
import { DdnnError } from '../../../errors.ts'

/** Totals of one tier since it started. Milliseconds and bytes. */
export interface TierTotals {
  readonly tier: string
  /** By stage of ddnn_latency_seconds. */
  readonly stages: Readonly<Record<string, number>>
  readonly offloadedBytes: number
}

export async function scrapeTier(tier: string, port: number): Promise<TierTotals> {
  return totalsOf(tier, await get(port))
}

/** The same of the text of its metrics. */
export function totalsOf(tier: string, text: string): TierTotals {
  const stages: Record<string, number> = {}
  let offloadedBytes = 0
  for (const line of text.split('\n')) {
    const found = /^(\w+)\{([^}]*)\} (\S+)$/.exec(line)
    if (found === null) continue
    const [, name, labels = '', value] = found
    if (name === 'ddnn_latency_seconds_sum') {
      const stage = /stage="([^"]*)"/.exec(labels)?.[1] ?? ''
      stages[stage] = Number(value) * 1000
    }
    if (name === 'ddnn_bytes_total' && labels.includes('direction="sent"')) {
      offloadedBytes += Number(value)
    }
  }
  return { tier, stages, offloadedBytes }
}

function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/metrics' }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    asked.on('error', (cause) =>
      reject(new DdnnError('DDNN_INTERNAL', `a tier's /metrics: ${cause.message}`, { cause })),
    )
    asked.end()
  })
}
