// The tables of bench/exits.mjs, over splits as measure.mjs gives them. Pure.
import { differenceOf, signed, spreadOf } from './spread.mjs'
import { tableOf } from '../scaling/table.mjs'

const meanText = (values, factor, digits) => (spreadOf(values).mean * factor).toFixed(digits)

const scaled = ({ mean, error }, factor) => ({ mean: mean * factor, error: error * factor })

/** A row a criterion: its cascade beside that of softmax. */
export function criteriaTable(splits, exits, { rate, by }) {
  const rows = splits.map(({ cascades }) =>
    cascades.filter((one) => one.rate === rate && one.by === by),
  )
  const of = (asked, value) => rows.map((own) => value(own.find((one) => one.asked === asked)))
  const accuracyOf = ({ accuracy }) => accuracy
  const plain = of('softmax', accuracyOf)
  const header = [
    'criterion',
    'accuracy, %',
    'lost to the last exit, points',
    `leave at ${exits.join(', ')}, %`,
    'accuracy less that of softmax, points',
  ]
  const cells = rows[0].map(({ asked }) => {
    const accuracies = of(asked, accuracyOf)
    const leave = exits.map((_, exit) =>
      meanText(
        of(asked, ({ leave: shares }) => shares[exit]),
        100,
        1,
      ),
    )
    const gain = scaled(differenceOf(accuracies, plain), 100)
    return [
      asked === 'best' ? '`best`' : asked,
      meanText(accuracies, 100, 2),
      meanText(
        of(asked, ({ loss }) => loss),
        100,
        2,
      ),
      leave.join(', '),
      asked === 'softmax' ? '' : signed(gain, 2),
    ]
  })
  return tableOf(header, cells)
}

/** What `best` took at each exit but the last, the commonest first: `edge margin 7, softmax 3`. */
export function takenByBest(splits, exits) {
  const chosen = splits.map(({ cascades }) => cascades.find(({ asked }) => asked === 'best'))
  return exits.slice(0, -1).map((name, exit) => {
    const counts = new Map()
    for (const { criteria } of chosen) {
      counts.set(criteria[exit], (counts.get(criteria[exit]) ?? 0) + 1)
    }
    const falling = [...counts].toSorted(([, a], [, b]) => b - a)
    return `${name} ${falling.map((one) => one.join(' ')).join(', ')}`
  })
}

const figures = [
  { name: 'NLL', of: ({ nll }) => nll, factor: 1, digits: 4 },
  { name: 'accuracy, %', of: ({ accuracy }) => accuracy, factor: 100, digits: 2 },
  { name: 'AURC x 1000', of: ({ aurc }) => aurc, factor: 1000, digits: 2 },
  { name: 'ECE, %', of: ({ ece }) => ece, factor: 100, digits: 2 },
]

/** A row an exit and memory: on and auto with how much they differ from off. The first exit has nothing to remember. */
export function memoryTable(splits, exits) {
  const header = ['exit', 'memory', ...figures.map(({ name }) => name), 'kept']
  const rowsOf = (exit, memory) =>
    splits.map(({ exits: rows }) => rows.find((one) => one.exit === exit && one.memory === memory))
  const rows = exits.flatMap((exit, i) =>
    (i === 0 ? ['off'] : ['off', 'on', 'auto']).map((memory) => {
      const own = rowsOf(exit, memory)
      const plain = rowsOf(exit, 'off')
      const cells = figures.map(({ of, factor, digits }) => {
        const shown = meanText(own.map(of), factor, digits)
        if (memory === 'off') return shown
        const gain = scaled(differenceOf(own.map(of), plain.map(of)), factor)
        return `${shown} (${signed(gain, digits)})`
      })
      const kept = own.filter(({ isKept }) => isKept).length
      return [exit, memory, ...cells, memory === 'off' ? '' : `${kept} of ${own.length}`]
    }),
  )
  return tableOf(header, rows)
}
