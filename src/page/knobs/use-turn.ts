// A knob's value while it is turned: shown at once, sent when the hand rests, given up where the process refuses.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { WatchedExit, WatchState } from '../../domain/watch.ts'
import { thresholdNow } from '../tiers.ts'
import { turnThreshold } from './turn.ts'

/** After the last movement. */
const restMs = 150

export interface Turning {
  /** As the hand has it, else as it holds; undefined where the tier does not say. */
  readonly value: number | undefined
  readonly problem: string | undefined
  /** null gives the exit its own back. */
  readonly turn: (value: number | null, isAtOnce?: boolean) => void
}

export interface TurnOptions {
  readonly exit: WatchedExit
  readonly token: string | undefined
  readonly onState: (state: WatchState) => void
  readonly onRefused: (problem: string) => void
}

export function useTurn({ exit, token, onState, onRefused }: TurnOptions): Turning {
  const [inHand, setInHand] = useState<number>()
  const [problem, setProblem] = useState<string>()
  const rest = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  /** Only the answer to the last turn counts. */
  const turns = useRef(0)
  useEffect(() => () => clearTimeout(rest.current), [])
  const send = async (threshold: number | null) => {
    if (token === undefined) return
    const turn = (turns.current += 1)
    const told = await turnThreshold({ exit: exit.index, threshold }, token)
    if (turn !== turns.current) return
    if ('state' in told) onState(told.state)
    else if (told.isTokenWrong) onRefused(told.problem)
    else setProblem(told.problem)
    setInHand(undefined)
  }
  const turn = (value: number | null, isAtOnce = false) => {
    setInHand(value ?? exit.threshold)
    setProblem(undefined)
    turns.current += 1
    clearTimeout(rest.current)
    rest.current = setTimeout(() => void send(value), isAtOnce ? 0 : restMs)
  }
  return { value: inHand ?? thresholdNow(exit), problem, turn }
}
