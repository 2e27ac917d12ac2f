// The first tick that a viewer of a live page gets.
import type { WatchTick } from '../../src/domain/watch.ts'

/** Rejects where nobody answers. */
export async function firstTick(origin: string): Promise<WatchTick> {
  const response = await fetch(`${origin}/page/events`)
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString()
    const [, data] = /event: tick\ndata: (.*)\n\n/.exec(text) ?? []
    if (data !== undefined) return JSON.parse(data) as WatchTick
  }
  throw new Error('no tick')
}
