// Where the picture of the continuum has its parts, in CSS pixels: side by side, or one below the other where that is
// too narrow. Pure.

export interface Point {
  readonly x: number
  readonly y: number
}

export interface TierPlace {
  readonly centre: Point
  /** Where the words about it begin: above its middle, or right of it. */
  readonly words: Point
  /** A chip for each of its exits: the left end of its middle line. */
  readonly exits: readonly Point[]
  /** Where dots leave the ring towards the chips. */
  readonly leave: Point
}

export interface LinkPlace {
  readonly from: Point
  readonly to: Point
  readonly words: Point
}

export interface Layout {
  readonly isUpright: boolean
  readonly width: number
  readonly height: number
  readonly radius: number
  readonly chip: { readonly width: number; readonly height: number }
  readonly tiers: readonly TierPlace[]
  /** Before the first tier, where requests come from outside; then between each two. */
  readonly links: readonly LinkPlace[]
  /** Letters that fit beside or above a tier. */
  readonly letters: number
}

export interface LayoutOptions {
  readonly width: number
  /** How many exits each tier has. */
  readonly exits: readonly number[]
  /** Whether a link leads to the first tier. */
  readonly hasInlet: boolean
}

const chip = { width: 132, height: 28 }
const chipGap = 6
const inlet = 76
/** A wide letter of a tier's name. */
const letter = 10.5
const least = 140

export function layoutOf(options: LayoutOptions): Layout {
  const { width, exits, hasInlet } = options
  const pitch = (width - (hasInlet ? inlet : 0)) / Math.max(1, exits.length)
  return width < 620 || pitch < least ? upright(options) : lying(options, pitch)
}

function lying({ width, exits, hasInlet }: LayoutOptions, pitch: number): Layout {
  const radius = pitch < 190 ? 34 : 44
  const y = 106
  const below = y + radius + 34
  const tiers = exits.map((count, i): TierPlace => {
    const x = (hasInlet ? inlet : 0) + pitch * (i + 0.5)
    return {
      centre: { x, y },
      words: { x, y: 22 },
      leave: { x, y: y + radius },
      exits: Array.from({ length: count }, (_, place) => ({
        x: x - chip.width / 2,
        y: below + place * (chip.height + chipGap),
      })),
    }
  })
  const links = linksOf(tiers, hasInlet, (from, to) => ({
    from: { x: from === undefined ? 10 : from.x + radius + 10, y },
    to: { x: to.x - radius - 10, y },
  })).map((link) => ({ ...link, words: { x: (link.from.x + link.to.x) / 2, y: y - 12 } }))
  const most = exits.reduce((a, b) => Math.max(a, b), 0)
  const height = most === 0 ? y + radius + 14 : below + most * (chip.height + chipGap)
  const letters = Math.floor(pitch / letter)
  return { isUpright: false, width, height, radius, chip, tiers, links, letters }
}

function upright({ width, exits, hasInlet }: LayoutOptions): Layout {
  const radius = 38
  const x = radius + 12
  const beside = x + radius + 18
  let top = hasInlet ? 50 : 6
  const tiers = exits.map((count): TierPlace => {
    const chips = count * (chip.height + chipGap)
    const height = Math.max(2 * radius, 46 + chips)
    const place: TierPlace = {
      centre: { x, y: top + radius },
      words: { x: beside, y: top + 14 },
      leave: { x: x + radius, y: top + radius },
      exits: Array.from({ length: count }, (_, i) => ({
        x: beside,
        y: top + 60 + i * (chip.height + chipGap),
      })),
    }
    top += height + 52
    return place
  })
  const links = linksOf(tiers, hasInlet, (from, to) => ({
    from: { x, y: from === undefined ? 6 : from.y + radius + 8 },
    to: { x, y: to.y - radius - 8 },
  })).map((link) => ({ ...link, words: { x: x + 14, y: link.to.y - 14 } }))
  const height = Math.max(60, top - 40)
  const letters = Math.floor((width - beside) / letter)
  return { isUpright: true, width, height, radius, chip, tiers, links, letters }
}

function linksOf(
  tiers: readonly TierPlace[],
  hasInlet: boolean,
  between: (from: Point | undefined, to: Point) => { readonly from: Point; readonly to: Point },
) {
  return tiers.flatMap(({ centre }, i) =>
    i === 0 && !hasInlet ? [] : [between(tiers[i - 1]?.centre, centre)],
  )
}

/** Numbers of exits, as `join()` wrote them: of no tier none. */
export function exitCountsOf(key: string): readonly number[] {
  return key === '' ? [] : key.split(',').map(Number)
}

/** Width of a line that stands for a link, from its bytes in a second: three more for each factor of ten. */
export function linkWidth(bytesPerSecond: number | undefined): number {
  return Math.min(14, 2 + 3 * Math.log10(1 + (bytesPerSecond ?? 0) / 2000))
}

/** Cut to so many letters. */
export function cutText(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, letters - 1))}…`
}
