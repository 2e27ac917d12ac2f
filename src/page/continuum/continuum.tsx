// The picture of the continuum: tiers as rings, links as lines, dots that travel; and the same as a table.
import type { ComponentChildren } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import type { WatchedTier, WatchState } from '../../domain/watch.ts'
import { exitShares, type History } from '../history.ts'
import type { OnImages } from '../use-watching.ts'
import { useWidth } from '../use-width.ts'
import { Dots } from './dots.tsx'
import { exitCountsOf, layoutOf } from './layout.ts'
import { Links } from './links.tsx'
import { TierPart } from './tier-part.tsx'
import { TierTable } from './tier-table.tsx'

interface ContinuumProps {
  readonly state: WatchState
  readonly tiers: readonly WatchedTier[]
  readonly history: History
  readonly listen: (onImages: OnImages) => () => void
  /** Below the picture. */
  readonly children: ComponentChildren
}

export function Continuum({ state, tiers, history, listen, children }: ContinuumProps) {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const exitCounts = tiers.map(({ exits }) => exits.length)
  const hasInlet = state.role === 'tier' || state.role === 'gateway'
  const key = exitCounts.join()
  const layout = useMemo(
    () => layoutOf({ width, exits: exitCountsOf(key), hasInlet }),
    [width, key, hasInlet],
  )
  const shares = exitShares(history)
  return (
    <section class="panel continuum" aria-labelledby="continuum-title">
      <h2 id="continuum-title">
        The continuum
        <span class="aside">
          {shares.isRecent ? 'shares of the last 10 s' : 'shares since the start'}
        </span>
      </h2>
      <div ref={box} class="picture">
        <svg width={layout.width} height={layout.height} aria-hidden="true" focusable="false">
          <Links tiers={tiers} layout={layout} hasInlet={hasInlet} />
          <Dots listen={listen} tiers={tiers} layout={layout} />
          {tiers.map((tier, i) => (
            <TierPart key={tier.name} tier={tier} at={i} layout={layout} shares={shares} />
          ))}
        </svg>
      </div>
      {children}
      <details>
        <summary>The same as a table</summary>
        <TierTable tiers={tiers} history={history} shares={shares} />
      </details>
    </section>
  )
}
