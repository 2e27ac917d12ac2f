// Where images left so far, as a bar with names, and in words. Told answer by answer.
import { describePercent } from '../describe.ts'
import { fillingOf, shareBar } from './bars.ts'
import { span, type Span } from './spans.ts'

interface Exits {
  /** `exit` is its place in the family; -1 where an original does not say. */
  add(tier: string, exit: number): void
  /** Nothing before the first answer. */
  pieces(cells: number): readonly (readonly Span[])[]
  /** 'edge 62.0 %, fog 25.0 %'; empty before the first answer. */
  words(): string
}

interface Exit {
  readonly tier: string
  /** -1 where an original does not say. */
  readonly index: number
  count: number
}

/** More than a line or two of names tells nobody anything. */
const mostNamed = 8

export function createExits(): Exits {
  const exits = new Map<string, Exit>()
  let total = 0
  const named = () => {
    const sorted = [...exits.values()].sort((a, b) => a.index - b.index)
    return sorted.map((exit, i) => {
      const isAlone = sorted.filter(({ tier }) => tier === exit.tier).length === 1
      const name = isAlone ? exit.tier : `${exit.tier} exit ${exit.index}`
      return { name, count: exit.count, place: exit.index < 0 ? i : exit.index }
    })
  }
  const shareOf = (count: number) => describePercent(count / total, 0)
  return {
    add(tier, index) {
      const key = `${index} ${tier}`
      const exit = exits.get(key) ?? { tier, index, count: 0 }
      exit.count++
      total++
      exits.set(key, exit)
    },
    pieces(cells) {
      const all = named()
      if (all.length === 0) return []
      const names = all
        .slice(0, mostNamed)
        .map(({ name, count, place }) => [
          span(`${fillingOf(place)} ${name} `, place),
          span(shareOf(count)),
        ])
      return [shareBar(all, cells), ...names]
    },
    words: () =>
      named()
        .slice(0, mostNamed)
        .map(({ name, count }) => `${name} ${shareOf(count)}`)
        .join(', '),
  }
}
