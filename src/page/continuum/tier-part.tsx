// A tier of the picture: a ring of what leaves there, what it does now, and a chip for each exit.
import type { WatchedTier } from '../../domain/watch.ts'
import type { ExitShares } from '../history.ts'
import { countText, percentText, rateText } from '../numbers.ts'
import { cutText, type Layout, type TierPlace } from './layout.ts'
import { stateText } from './state-text.ts'

interface TierPartProps {
  readonly tier: WatchedTier
  readonly at: number
  readonly layout: Layout
  readonly shares: ExitShares
}

export function TierPart({ tier, at, layout, shares }: TierPartProps) {
  const place = layout.tiers[at]
  if (place === undefined) return null
  const anchor = layout.isUpright ? 'start' : 'middle'
  const { words } = place
  return (
    <g class={`tier ${tier.state}`}>
      <text class="name" x={words.x} y={words.y} text-anchor={anchor}>
        {cutText(tier.name, layout.letters)}
        <title>{tier.name}</title>
      </text>
      <text class="state" x={words.x} y={words.y + 19} text-anchor={anchor}>
        {cutText(stateText(tier), Math.floor(layout.letters * 1.1))}
      </text>
      <Ring tier={tier} place={place} radius={layout.radius} shares={shares} />
      {tier.exits.map(({ index }, i) => (
        <Chip
          key={index}
          exit={index}
          share={shares.of.get(index)}
          layout={layout}
          at={place.exits[i]}
        />
      ))}
    </g>
  )
}

interface RingProps {
  readonly tier: WatchedTier
  readonly place: TierPlace
  readonly radius: number
  readonly shares: ExitShares
}

function Ring({ tier, place: { centre }, radius, shares }: RingProps) {
  const { life } = tier
  const isSmall = radius < 40
  let from = 0
  return (
    <g class={isSmall ? 'ring little' : 'ring'} transform={`translate(${centre.x} ${centre.y})`}>
      <circle class="track" r={radius} />
      {tier.exits.map(({ index }) => {
        const share = shares.of.get(index) ?? 0
        const start = from
        from += share
        return share <= 0 ? null : (
          <circle
            key={index}
            class={`arc exit-${index % 8}`}
            r={radius}
            pathLength={1}
            // A whole ring without a seam.
            stroke-dasharray={share > 0.999 ? undefined : `${share} 1`}
            transform={`rotate(${start * 360 - 90})`}
          />
        )
      })}
      {tier.state === 'silent' ? (
        <path class="cross" d="M -12 -12 L 12 12 M -12 12 L 12 -12" />
      ) : (
        life !== undefined && (
          <>
            <text class="rate" y={isSmall ? 3 : 2} text-anchor="middle">
              {rateText(life.perSecond)}
            </text>
            <text class="small" y={isSmall ? 16 : 18} text-anchor="middle">
              a second
            </text>
            <text class="small" y={isSmall ? -14 : -18} text-anchor="middle">
              {life.inFlight > 0 ? `${countText(life.inFlight)} open` : ''}
            </text>
          </>
        )
      )}
    </g>
  )
}

interface ChipProps {
  readonly exit: number
  readonly share: number | undefined
  readonly layout: Layout
  readonly at: { readonly x: number; readonly y: number } | undefined
}

function Chip({ exit, share, layout: { chip }, at }: ChipProps) {
  if (at === undefined) return null
  return (
    <g class={`chip exit-${exit % 8}`} transform={`translate(${at.x} ${at.y - chip.height / 2})`}>
      <rect width={chip.width} height={chip.height} rx={chip.height / 2} />
      <circle class="key" cx="14" cy={chip.height / 2} r="5" />
      <text x="25" y={chip.height / 2 + 4}>
        exit {exit}
      </text>
      <text class="share" x={chip.width - 12} y={chip.height / 2 + 4} text-anchor="end">
        {percentText(share ?? 0)}
      </text>
    </g>
  )
}
