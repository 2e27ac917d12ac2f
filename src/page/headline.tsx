// Four numbers, and what went wrong where something did.
import type { ComponentChildren } from 'preact'
import type { WatchedTier, WatchState } from '../domain/watch.ts'
import {
  accuracyFact,
  earlyFact,
  faultTexts,
  imagesFact,
  latencyFact,
  type Fact,
} from './headline-facts.ts'
import type { History } from './history.ts'

interface HeadlineProps {
  readonly state: WatchState
  readonly tiers: readonly WatchedTier[]
  readonly history: History
}

export function Headline({ state, tiers, history }: HeadlineProps) {
  const tick = history.at(-1)
  const missing = tiers.flatMap(({ missing }) => missing)
  const faults = faultTexts(history)
  return (
    <section class="headline" aria-label="At a glance">
      <dl>
        <FactTile fact={imagesFact(history)}>
          {tick?.expected !== undefined && (
            <progress
              max={Math.max(1, tick.expected)}
              value={Math.min(tick.images, tick.expected)}
              aria-label="Images done"
            />
          )}
        </FactTile>
        <FactTile fact={earlyFact(history, tiers)} />
        <FactTile fact={latencyFact(history)} />
        <FactTile fact={accuracyFact(state, history, tiers)} />
      </dl>
      {missing.length > 0 && (
        <p class="fault">
          <strong>Not ready:</strong> {missing.join('; ')}
        </p>
      )}
      {faults.length > 0 && (
        <p class="fault">
          <span aria-hidden="true">⚠ </span>
          {faults.join(', ')}
        </p>
      )}
    </section>
  )
}

interface FactTileProps {
  readonly fact: Fact
  readonly children?: ComponentChildren
}

function FactTile({ fact: { title, value, detail }, children }: FactTileProps) {
  return (
    <div class="tile">
      <dt>{title}</dt>
      <dd class="value">{value}</dd>
      <dd class="detail">{detail}</dd>
      {children !== undefined && children !== false && <dd>{children}</dd>}
    </div>
  )
}
