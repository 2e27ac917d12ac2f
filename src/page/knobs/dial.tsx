// What a hand turns: a slider, a number beside it, and the way back to the exit's own threshold.
import { useState } from 'preact/hooks'
import { isBounded } from '../../domain/confidence.ts'
import { isWord } from '../../domain/threshold-words.ts'
import type { WatchedExit } from '../../domain/watch.ts'
import { thresholdText } from '../numbers.ts'

interface DialProps {
  readonly exit: WatchedExit
  /** Of the exit, for who cannot see where it stands. */
  readonly name: string
  readonly range: readonly [low: number, high: number]
  readonly value: number | undefined
  readonly isFixed: boolean
  /** null gives the exit its own back. */
  readonly turn: (value: number | null, isAtOnce?: boolean) => void
}

export function Dial({ exit, name, range: [low, high], value, isFixed, turn }: DialProps) {
  const step = isBounded(exit.criterion) ? 0.01 : Number(((high - low) / 200).toPrecision(1))
  return (
    <>
      <div class="turn">
        <input
          type="range"
          aria-label={`Threshold of ${name}`}
          min={low}
          max={high}
          step={step}
          value={value ?? low}
          disabled={isFixed}
          onInput={({ currentTarget }) => turn(currentTarget.valueAsNumber)}
        />
        <NumberField exit={exit} name={name} value={value} isFixed={isFixed} turn={turn} />
      </div>
      <button
        type="button"
        disabled={isFixed || exit.turned === undefined}
        onClick={() => turn(null, true)}
      >
        Back to its own{exit.threshold === undefined ? '' : `, ${thresholdText(exit.threshold)}`}
      </button>
    </>
  )
}

/** What is half typed stays as it is, however often the page is told news; it counts when it is done. */
function NumberField({ exit, name, value, isFixed, turn }: Omit<DialProps, 'range'>) {
  const [draft, setDraft] = useState<string>()
  const isWithin = (typed: number) =>
    Number.isFinite(typed) && (!isBounded(exit.criterion) || (typed >= 0 && typed <= 1))
  // A word is said above the dial.
  const shown = value === undefined || isWord(value) ? '' : String(Number(value.toFixed(4)))
  const done = (input: HTMLInputElement) => {
    setDraft(undefined)
    if (input.value !== shown && isWithin(input.valueAsNumber)) turn(input.valueAsNumber, true)
  }
  return (
    <input
      type="number"
      aria-label={`Threshold of ${name}, as a number`}
      min={isBounded(exit.criterion) ? 0 : undefined}
      max={isBounded(exit.criterion) ? 1 : undefined}
      step="any"
      value={draft ?? shown}
      disabled={isFixed}
      onInput={({ currentTarget }) => setDraft(currentTarget.value)}
      onChange={({ currentTarget }) => done(currentTarget)}
      onBlur={() => setDraft(undefined)}
    />
  )
}
