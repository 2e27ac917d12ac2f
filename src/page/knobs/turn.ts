// Turns a threshold: one POST, whose answer is the new state, or words about what keeps it from being turned.
import { watchPaths, type TurnThreshold, type WatchState } from '../../domain/watch.ts'
import { parseTold } from '../told.ts'

export type Turned =
  { readonly state: WatchState } | { readonly problem: string; readonly isTokenWrong: boolean }

export async function turnThreshold(turn: TurnThreshold, token: string): Promise<Turned> {
  try {
    const answer = await fetch(watchPaths.thresholds, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(turn),
      signal: AbortSignal.timeout(10_000),
    })
    const told = await answer.text().then(parseTold, () => undefined)
    if (answer.ok && told !== undefined) return { state: told as WatchState }
    return { problem: problemText(answer.status, told), isTokenWrong: answer.status === 401 }
  } catch {
    return {
      problem: 'The process gave no answer. The threshold stays as it was; try again.',
      isTokenWrong: false,
    }
  }
}

/** The words of a refusal, and the next step where the process names one. */
function problemText(status: number, told: unknown): string {
  const { error } = (told ?? {}) as { error?: { message?: string; hint?: string } }
  if (error?.message === undefined) return `The process refused with status ${status}.`
  return error.hint === undefined ? `${error.message}.` : `${error.message}. ${error.hint}`
}
