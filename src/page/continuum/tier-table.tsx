// The continuum in words and numbers: what the picture shows, and totals.
import type { WatchedTier } from '../../domain/watch.ts'
import type { ExitShares, History } from '../history.ts'
import { bytesText, countText, none, percentText, rateText } from '../numbers.ts'
import { stateText } from './state-text.ts'

interface TierTableProps {
  readonly tiers: readonly WatchedTier[]
  readonly history: History
  readonly shares: ExitShares
}

export function TierTable({ tiers, history, shares }: TierTableProps) {
  const totals = new Map(history.at(-1)?.exits.map(({ exit, images }) => [exit, images]))
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="Tiers">
      <table>
        <thead>
          <tr>
            {['Tier', 'State', 'Version', 'In flight', 'A second', 'In', 'Out', 'Left there'].map(
              (title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {tiers.map((tier) => (
            <tr key={tier.name}>
              <th scope="row">{tier.name}</th>
              <td>{stateText(tier)}</td>
              <td>{tier.version ?? none}</td>
              <td>{tier.life === undefined ? none : countText(tier.life.inFlight)}</td>
              <td>{tier.life === undefined ? none : rateText(tier.life.perSecond)}</td>
              <td>
                {tier.life === undefined ? none : bytesText(tier.life.receivedBytesPerSecond)}
              </td>
              <td>{tier.life === undefined ? none : bytesText(tier.life.sentBytesPerSecond)}</td>
              <td>
                {tier.exits.length === 0
                  ? none
                  : tier.exits
                      .map(({ index }) => {
                        const share = percentText(shares.of.get(index) ?? 0)
                        return `exit ${index}: ${share}, ${countText(totals.get(index) ?? 0)} in all`
                      })
                      .join('; ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
