// A network as operations on named tensors, of whichever form its files are: what is needed for what, and at
// which tensors it can be cut. Pure.

export interface OpNode {
  readonly name: string
  readonly op: string
  /** Tensors; '' where an optional one is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

export interface OpGraph<N extends OpNode = OpNode> {
  readonly input: string
  readonly output: string
  /** Each after those whose tensors it takes. */
  readonly nodes: readonly N[]
}

/** Whether it gives the same tensor under another name, once nobody trains. */
export function isAlias({ op }: OpNode): boolean {
  return /^(Identity|(Spatial|Gaussian|Alpha)?Dropout(\dD)?|GaussianNoise|ActivityRegularization|StopGradient|Snapshot)$/.test(
    op,
  )
}

/** Whether tensors' names begin with this one and a slash: a network may have gained exits before. */
export function isScope({ nodes }: OpGraph, name: string): boolean {
  return nodes.some(({ outputs }) => outputs.some((tensor) => tensor.startsWith(`${name}/`)))
}

/**
 * Nodes in an order in which each stands after those that it needs.
 * @throws RangeError at a cycle.
 */
export function sortNodes<N extends OpNode>(nodes: readonly N[]): readonly N[] {
  const makers = makersOf(nodes)
  const sorted: N[] = []
  const state = new Map<N, 'open' | 'done'>()
  for (const root of nodes) {
    const stack = [root]
    while (stack.length > 0) {
      const node = stack.at(-1) as N
      if (state.get(node) === 'done') {
        stack.pop()
        continue
      }
      const needed = needsOf(node, makers).filter((other) => state.get(other) !== 'done')
      if (needed.length === 0) {
        state.set(node, 'done')
        sorted.push(node)
        stack.pop()
        continue
      }
      state.set(node, 'open')
      if (needed.some((other) => state.get(other) === 'open')) {
        throw new RangeError(`a cycle through '${node.name}'`)
      }
      stack.push(...needed)
    }
  }
  return sorted
}

function makersOf<N extends OpNode>(nodes: readonly N[]): ReadonlyMap<string, N> {
  return new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
}

function needsOf<N extends OpNode>(node: N, makers: ReadonlyMap<string, N>): readonly N[] {
  return node.inputs.flatMap((name) => makers.get(name) ?? [])
}

/** The nodes that give these tensors where those of `given` are there already, in the graph's order. */
export function nodesFor<N extends OpNode>(
  { nodes }: OpGraph<N>,
  wanted: readonly string[],
  given: readonly string[],
): readonly N[] {
  const makers = makersOf(nodes)
  const needed = new Set<N>()
  const open = [...wanted]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (given.includes(name)) continue
    const node = makers.get(name)
    if (node === undefined || needed.has(node)) continue
    needed.add(node)
    open.push(...node.inputs)
  }
  return nodes.filter((node) => needed.has(node))
}

/** The nodes that make the output of the input: without those that only prepare constants. */
export function dataNodes<N extends OpNode>(graph: OpGraph<N>): readonly N[] {
  const fromInput = new Set([graph.input])
  return nodesFor(graph, [graph.output], [graph.input]).filter((node) => {
    if (!node.inputs.some((name) => fromInput.has(name))) return false
    for (const output of node.outputs) fromInput.add(output)
    return true
  })
}

/**
 * Tensors that every way from the input to the output goes through, in order; the output is the last. Whatever
 * the order of the nodes: where one such tensor is made, all that is before it has been made and all that is
 * after it has not, so it alone is still wanted then.
 */
export function findCuts(graph: OpGraph): readonly string[] {
  const cuts: string[] = []
  forEachStep(graph, (_, wanted) => {
    const [only] = wanted
    if (wanted.size === 1 && only !== undefined && only !== graph.input) cuts.push(only)
  })
  return [...new Set(cuts)]
}

/** Tensors that go around this one: those that are wanted later than where it is made. */
export function waysAround(graph: OpGraph, tensor: string): readonly string[] {
  let around: readonly string[] = []
  forEachStep(graph, (node, wanted) => {
    if (node.outputs.includes(tensor)) around = [...wanted].filter((name) => name !== tensor)
  })
  return around
}

/** After each node of the data: which tensors that are made already are taken by later ones. */
function forEachStep(
  graph: OpGraph,
  see: (node: OpNode, wanted: ReadonlySet<string>) => void,
): void {
  const nodes = dataNodes(graph)
  const lastUse = new Map<string, number>([[graph.output, nodes.length]])
  nodes.forEach((node, i) => {
    for (const name of node.inputs) lastUse.set(name, Math.max(i, lastUse.get(name) ?? 0))
  })
  const wanted = new Set([graph.input])
  nodes.forEach((node, i) => {
    for (const name of node.outputs) if ((lastUse.get(name) ?? -1) > i) wanted.add(name)
    for (const name of node.inputs) if (lastUse.get(name) === i) wanted.delete(name)
    see(node, wanted)
  })
}
