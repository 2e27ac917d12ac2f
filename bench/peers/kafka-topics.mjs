// Topics of the kafka-python chain, for each tier those that it is asked by and answers on, new in every chain.
import { randomUUID } from 'node:crypto'

export function topicsOf(names) {
  const id = randomUUID().slice(0, 8)
  return names.map((name, i) => {
    const asker = names[i - 1] ?? 'device'
    return { requests: `${asker}-${name}.${id}`, replies: `${name}-${asker}.${id}` }
  })
}
