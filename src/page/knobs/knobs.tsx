// The thresholds as knobs: one an exit that has one, and who may turn them.
import { useEffect, useState } from 'preact/hooks'
import type { WatchedExit, WatchedTier, WatchState } from '../../domain/watch.ts'
import { exitShares, type History } from '../history.ts'
import { Knob } from './knob.tsx'
import { keepToken, tokenOfAddress } from './token.ts'
import { TokenField } from './token-field.tsx'

interface KnobsProps {
  readonly state: WatchState
  readonly tiers: readonly WatchedTier[]
  readonly exits: readonly WatchedExit[]
  readonly history: History
  /** With the state that answered a turn. */
  readonly onState: (state: WatchState) => void
}

export function Knobs({ state, tiers, exits, history, onState }: KnobsProps) {
  const [token, setToken] = useState(tokenOfAddress)
  const [refused, setRefused] = useState<string>()
  const use = (given: string | undefined) => {
    keepToken(given)
    setToken(given)
    setRefused(undefined)
  }
  useEffect(() => {
    // An address that differs in its fragment alone loads no page anew.
    const look = () => {
      const given = tokenOfAddress()
      if (given !== undefined) use(given)
    }
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])
  const knobs = exits.filter(({ isLast }) => !isLast)
  if (knobs.length === 0) return null
  const refuse = (problem: string) => {
    use(undefined)
    setRefused(problem)
  }
  const mayWrite = state.writes === 'token'
  const shares = exitShares(history)
  return (
    <section class="panel knobs" aria-labelledby="knobs-title">
      <h2 id="knobs-title">
        Thresholds
        <span class="aside">an image leaves where the exit is at least this sure</span>
      </h2>
      {!mayWrite && (
        <p class="quiet">This page only shows them: the process lets nobody turn any.</p>
      )}
      {mayWrite && <TokenField token={token} refused={refused} onToken={use} />}
      {state.calibration !== undefined && (
        <p class="quiet about">
          Bars: of the calibration’s images those that come this far, by how sure the exit was;
          wrong ones in red on top. What is not faint would leave.
        </p>
      )}
      <div class="knob-list">
        {knobs.map((exit) => (
          <Knob
            key={exit.index}
            exit={exit}
            exits={exits}
            tier={tiers.find((tier) => tier.exits.includes(exit))}
            table={state.calibration}
            shares={shares}
            token={mayWrite ? token : undefined}
            onState={onState}
            onRefused={refuse}
          />
        ))}
      </div>
    </section>
  )
}
