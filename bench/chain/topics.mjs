// Topics of one chain: for each asker its requests and its replies, new in every chain.
/** By the asker: [requests, replies]. */
export function newTopics() {
  const id = Math.random().toString(36).slice(2, 8)
  const pair = (from, to) => [`${from}-${to}.${id}`, `${to}-${from}.${id}`]
  return { device: pair('device', 'edge'), edge: pair('edge', 'fog'), fog: pair('fog', 'cloud') }
}
