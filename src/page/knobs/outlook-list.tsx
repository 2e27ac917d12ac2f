// What a threshold gives: expected by the calibration's images, now and with the value in hand, and measured of late.
import { useMemo } from 'preact/hooks'
import type { CalibrationTable } from '../../domain/calibration-table.ts'
import type { WatchedExit } from '../../domain/watch.ts'
import type { ExitShares } from '../history.ts'
import { percentText } from '../numbers.ts'
import { thresholdNow } from '../tiers.ts'
import { cascadeOutlook, leaveShare } from './outlook.ts'

interface OutlookListProps {
  readonly exit: WatchedExit
  readonly exits: readonly WatchedExit[]
  readonly table: CalibrationTable | undefined
  /** In hand, or as it holds. */
  readonly value: number | undefined
  readonly shares: ExitShares
}

export function OutlookList({ exit, exits, table, value, shares }: OutlookListProps) {
  const [own, withIt] = useOutlooks({ exit, exits, table, value })
  const isOther = value !== undefined && value !== exit.threshold
  const measured = shares.of.get(exit.index)
  return (
    <dl class="outlook">
      <div>
        <dt>{shares.isRecent ? 'Leaves here, last 10 s' : 'Leaves here, since the start'}</dt>
        <dd>{percentText(measured ?? (shares.images > 0 ? 0 : undefined))}</dd>
      </div>
      {table !== undefined && own !== undefined && withIt !== undefined ? (
        <>
          <Expected
            title="Leaves here, expected"
            own={leaveShare(table, own, exit.index)}
            withIt={leaveShare(table, withIt, exit.index)}
            isOther={isOther}
          />
          <Expected
            title="Accuracy of all, expected"
            own={own.accuracy}
            withIt={withIt.accuracy}
            isOther={isOther}
          />
        </>
      ) : (
        <div>
          <dt>Expected</dt>
          <dd class="quiet">{whyNot(table, exit)}</dd>
        </div>
      )}
      {exit.accuracy !== undefined && (
        <div>
          <dt>Accuracy of this exit alone, held out</dt>
          <dd>{percentText(exit.accuracy)}</dd>
        </div>
      )}
    </dl>
  )
}

/** By its own threshold, and with the value. */
function useOutlooks({ exit, exits, table, value }: Omit<OutlookListProps, 'shares'>) {
  return useMemo(
    () => [
      cascadeOutlook(table, exits, ownOf(exit)),
      cascadeOutlook(table, exits, value === undefined ? ownOf(exit) : ofExit(exit, value)),
    ],
    // Ticks bring other lists of the same exits.
    [
      table,
      exits.map(({ index, criterion }) => `${index} ${criterion}`).join(),
      exits.map(thresholdNow).join(),
      exit,
      value,
    ],
  )
}

interface ExpectedProps {
  readonly title: string
  readonly own: number | undefined
  readonly withIt: number | undefined
  /** Whether the value is not the exit's own one. */
  readonly isOther: boolean
}

function Expected({ title, own, withIt, isOther }: ExpectedProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {isOther && (
          <>
            <span class="quiet">
              {percentText(own)} <span aria-hidden="true">→</span>
              <span class="unseen">by its own threshold, with this one</span>
            </span>{' '}
          </>
        )}
        {percentText(withIt)}
      </dd>
    </div>
  )
}

const ofExit = ({ index }: WatchedExit, value: number) => new Map([[index, value]])

function ownOf(exit: WatchedExit) {
  const own = exit.threshold ?? thresholdNow(exit)
  return own === undefined ? undefined : ofExit(exit, own)
}

function whyNot(table: CalibrationTable | undefined, exit: WatchedExit): string {
  if (table === undefined) return 'not known: no calibration is kept beside the models'
  const column = table.columns.find((one) => one.exit === exit.index)
  return column !== undefined && column.criterion !== exit.criterion
    ? `the calibration is by ${column.criterion}`
    : 'the calibration knows other exits or criteria'
}
