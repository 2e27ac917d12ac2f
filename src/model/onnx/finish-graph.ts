// The last steps of a graph: what nobody needs is dropped, and what leaves it gets its names.
import type { Constant, Graph, GraphNode } from './graph.ts'

/** Keeps the nodes and constants that the outputs need. */
export function keepNeeded(
  graph: Graph,
  outputs: readonly string[],
): { readonly nodes: readonly GraphNode[]; readonly constants: ReadonlyMap<string, Constant> } {
  const needed = new Set(outputs)
  // Inputs of a node stand before it, so one walk from the end finds all.
  const nodes = graph.nodes
    .toReversed()
    .filter(({ output, inputs }) => {
      if (!needed.has(output)) return false
      for (const input of inputs) needed.add(input)
      return true
    })
    .reverse()
  const constants = new Map([...graph.constants].filter(([name]) => needed.has(name)))
  return { nodes, constants }
}

/**
 * Gives the outputs their names in the file. A tensor that leaves twice, or that is an input, is passed
 * through Identity, as an output's name belongs to one node.
 */
export function nameOutputs(
  graph: Graph,
  outputs: readonly string[],
  names: readonly string[],
  inputs: readonly string[],
): void {
  const renamed = new Map<string, string>()
  const copies: GraphNode[] = []
  for (const [i, output] of outputs.entries()) {
    const name = names[i] ?? output
    if (!renamed.has(output) && !inputs.includes(output)) renamed.set(output, name)
    else copies.push(identity(graph, output, name))
  }
  const rename = (name: string) => renamed.get(name) ?? name
  graph.nodes = [...graph.nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    output: rename(node.output),
  }))
}

function identity(graph: Graph, input: string, output: string): GraphNode {
  const name = graph.unique(`${output}/Identity`)
  return { name, op: 'Identity', inputs: [input], output, attributes: {} }
}
