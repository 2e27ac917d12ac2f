// One exit's threshold: its own value, the turned one, and what another would give.
import { useId, useMemo } from 'preact/hooks'
import type { CalibrationTable } from '../../domain/calibration-table.ts'
import type { WatchedExit, WatchedTier, WatchState } from '../../domain/watch.ts'
import type { ExitShares } from '../history.ts'
import { thresholdText } from '../numbers.ts'
import { exitText, thresholdNow } from '../tiers.ts'
import { Cut } from './cut.tsx'
import { Dial } from './dial.tsx'
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
  return (
    <div class={`knob exit-${exit.index % 8}`} role="group" aria-labelledby={`${id}-name`}>
      <h3 id={`${id}-name`}>
        <span class="swatch" aria-hidden="true" />
        {name}
      </h3>
      <p class="quiet">{ownText(exit)}</p>
      {cut !== undefined && <Cut histogram={cut} value={value} own={exit.threshold} />}
      <Dial
        exit={exit}
        name={name}
        range={[low, high]}
        value={value}
        isFixed={rest.token === undefined || !exit.canTurn || value === undefined}
        turn={turn}
      />
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
  learned: 'how likely it is right, as learned from its values',
}

function ownText({ criterion, threshold, turned }: WatchedExit): string {
  const own =
    threshold === undefined ? 'its tier does not say it' : `its own ${thresholdText(threshold)}`
  const now = turned === undefined ? '' : `, turned to ${thresholdText(turned)}`
  return `By ${criterion} (${criteria[criterion]}): ${own}${now}.`
}
