// The links between tiers: as thick as their load, broken where nobody answers behind them.
import type { WatchedTier } from '../../domain/watch.ts'
import { bytesText } from '../numbers.ts'
import { linkLoad } from '../tiers.ts'
import { linkWidth, type Layout, type LinkPlace } from './layout.ts'

interface LinksProps {
  readonly tiers: readonly WatchedTier[]
  readonly layout: Layout
  /** Whether one leads to the first tier. */
  readonly hasInlet: boolean
}

export function Links({ tiers, layout, hasInlet }: LinksProps) {
  const before = hasInlet ? [undefined, ...tiers] : tiers
  return layout.links.map((place, i) => {
    const to = tiers[hasInlet ? i : i + 1]
    const load = linkLoad(before[i], to)
    const isCut = to?.state === 'silent'
    return <LinkPart key={i} place={place} layout={layout} load={load} isCut={isCut} />
  })
}

interface LinkPartProps {
  readonly place: LinkPlace
  readonly layout: Layout
  /** Bytes in a second; undefined where nobody says. */
  readonly load: number | undefined
  readonly isCut: boolean
}

function LinkPart({ place: { from, to, words }, layout, load, isCut }: LinkPartProps) {
  const width = linkWidth(load)
  return (
    <g class={isCut ? 'link cut' : 'link'}>
      <line
        x1={from.x}
        y1={from.y}
        x2={to.x}
        y2={to.y}
        stroke-width={isCut ? 2 : width}
        stroke-linecap="round"
      />
      {load !== undefined && (
        <text x={words.x} y={words.y} text-anchor={layout.isUpright ? 'start' : 'middle'}>
          {bytesText(load)}
        </text>
      )}
    </g>
  )
}
