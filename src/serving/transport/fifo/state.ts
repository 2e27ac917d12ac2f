// The states of a FIFO requester (the table in fifo-requester.ts) and what follows from them alone.
import type { Asked } from './asked.ts'

/** The request that has the place, and what came for it before the end of its send was known. */
export interface Placed {
  readonly asked: Asked
  isAnswered: boolean
  /** A reply came beside its answer. */
  isDisturbed: boolean
}

export type State =
  | { readonly name: 'opening' | 'listening' | 'disturbed' | 'idle' | 'overdue' | 'closed' }
  | { readonly name: 'owing'; owed: number }
  | { readonly name: 'sending' | 'recounting'; readonly placed: Placed }
  | { readonly name: 'inFlight'; readonly asked: Asked }

/** Whether the place is taken and nobody is to be answered: for how long, only the front knows. */
export function isOut(state: State): boolean {
  if (state.name === 'sending') return state.placed.asked.isOver && !state.placed.isAnswered
  return ['owing', 'disturbed', 'overdue', 'recounting'].includes(state.name)
}
