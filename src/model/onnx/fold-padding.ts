// A Pad in front of a convolution becomes the convolution's own pads: zeros are what it pads with anyway.
// In front of pooling it stays, as a maximum would look at the zeros.
import { intsOf, type Graph, type GraphNode } from './graph.ts'

/** `outputs` are the tensors that leave the graph. */
export function foldPadding(graph: Graph, outputs: readonly string[]): void {
  for (const pad of graph.nodes.filter(({ op }) => op === 'Pad')) {
    const users = graph.nodes.filter(({ inputs }) => inputs.includes(pad.output))
    const [user] = users
    if (user?.op !== 'Conv' || users.length > 1 || outputs.includes(pad.output)) continue
    const joined = join(graph, pad, user)
    graph.nodes = graph.nodes.filter((node) => node !== pad).map((n) => (n === user ? joined : n))
  }
}

function join(graph: Graph, pad: GraphNode, conv: GraphNode): GraphNode {
  const constant = graph.constants.get(pad.inputs[1] ?? '')
  const ends = constant !== undefined && 'ints' in constant ? constant.ints : []
  // Of [batch, channels, ...space], begins before ends: those of space alone.
  const half = ends.length / 2
  const more = [...ends.slice(2, half), ...ends.slice(half + 2)]
  const pads = intsOf(conv, 'pads').map((own, i) => own + (more[i] ?? 0))
  const inputs = [pad.inputs[0] ?? '', ...conv.inputs.slice(1)]
  return { ...conv, inputs, attributes: { ...conv.attributes, pads: { ints: pads } } }
}
