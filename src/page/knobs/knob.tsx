// One exit's threshold: its own value, the turned one, and what another would give.
import { useId, useMemo } from 'preact/hooks'
import type { CalibrationTable } from '../../domain/calibration-table.ts'
import { isBounded } from '../../domain/confidence.ts'
import { isWord } from '../../domain/threshold-words.ts'
import type { WatchedExit, WatchedTier, WatchState } from '../../domain/watch.ts'
import type { ExitShares } from '../history.ts'
import { thresholdText } from '../numbers.ts'
import { exitText, thresholdNow } from '../tiers.ts'
import { Cut } from './cut.tsx'
import { columnOf, histogramOf, rangeOf, reachedOf } from './histogram.ts'
import { OutlookList } from './outlook-list.tsx'
import { useTurn } from './use-turn.ts'

interface KnobProps {
  readonly exit: WatchedExit
  readonly exits: readonly WatchedExit[]
  readonly tier: WatchedTier | undefined
  readonly table: CalibrationTable | undefined
  readonly shares: ExitShares
  /** Undefined while nobody may turn it from this page. */
  readonly token: string | undefined
  readonly onState: (state: WatchState) => void
  readonly onRefused: (problem: string) => void
}

export function Knob({ exit, exits, tier, table, shares, ...rest }: KnobProps) {
  const id = useId()
  const { value, problem, turn } = useTurn({ exit, ...rest })
  const column = columnOf(table, exit)
  const [low, high] = rangeOf(exit, column)
  const before = exits.filter(({ index }) => index < exit.index)
  const cut = useMemo(() => {
    if (table === undefined || column === undefined) return undefined
    return histogramOf(column, [low, high], reachedOf(table, before, exit.index))
  }, [table, column, low, high, before.map(thresholdNow).join()])
  const name = exitText(exit.index, tier?.name)
  const isFixed = rest.token === undefined || !exit.canTurn || value === undefined
  const step = isBounded(exit.criterion) ? 0.01 : Number(((high - low) / 200).toPrecision(1))
  const given = (input: HTMLInputElement) => {
    const typed = input.valueAsNumber
    if (Number.isFinite(typed) && (!isBounded(exit.criterion) || (typed >= 0 && typed <= 1))) {
      turn(typed)
    }
  }
  return (
    <div class={`knob exit-${exit.index % 8}`} role="group" aria-labelledby={`${id}-name`}>
      <h3 id={`${id}-name`}>
        <span class="swatch" aria-hidden="true" />
        {name}
      </h3>
      <p class="quiet">{ownText(exit)}</p>
      {cut !== undefined && <Cut histogram={cut} value={value} own={exit.threshold} />}
      <div class="turn">
        <input
          type="range"
          aria-label={`Threshold of ${name}`}
          min={low}
          max={high}
          step={step}
          value={value ?? low}
          disabled={isFixed}
          onInput={({ currentTarget }) => given(currentTarget)}
        />
        <input
          type="number"
          aria-label={`Threshold of ${name}, as a number`}
          min={isBounded(exit.criterion) ? 0 : undefined}
          max={isBounded(exit.criterion) ? 1 : undefined}
          step="any"
          // A word is said above.
          value={value === undefined || isWord(value) ? '' : Number(value.toFixed(4))}
          disabled={isFixed}
          onChange={({ currentTarget }) => given(currentTarget)}
        />
      </div>
      <button
        type="button"
        disabled={isFixed || exit.turned === undefined}
        onClick={() => turn(null, true)}
      >
        Back to its own{exit.threshold === undefined ? '' : `, ${thresholdText(exit.threshold)}`}
      </button>
      {!exit.canTurn && <p class="quiet">It cannot be turned from here.</p>}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <OutlookList exit={exit} exits={exits} table={table} value={value} shares={shares} />
    </div>
  )
}

const criteria: Record<WatchedExit['criterion'], string> = {
  softmax: 'largest probability',
  entropy: 'certainty, 1 less the normalised entropy',
  margin: 'largest probability less the second',
  raw: 'largest value as it is',
}

function ownText({ criterion, threshold, turned }: WatchedExit): string {
  const own =
    threshold === undefined ? 'its tier does not say it' : `its own ${thresholdText(threshold)}`
  const now = turned === undefined ? '' : `, turned to ${thresholdText(turned)}`
  return `By ${criterion} (${criteria[criterion]}): ${own}${now}.`
}
