// A link between two tiers: as thick as its load, broken where nobody answers behind it.
import { bytesText } from '../numbers.ts'
import { linkWidth, type Layout, type LinkPlace } from './layout.ts'

interface LinkPartProps {
  readonly place: LinkPlace
  readonly layout: Layout
  /** Bytes in a second; undefined where nobody says. */
  readonly load: number | undefined
  readonly isCut: boolean
}

export function LinkPart({ place: { from, to, words }, layout, load, isCut }: LinkPartProps) {
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
