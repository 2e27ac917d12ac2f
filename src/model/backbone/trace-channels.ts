// Where channels stand in each tensor of a graph: forwards from the image, backwards from operations that want
// them at one place. An average over the wrong axis would be no error, only exits that learn nothing.
import type { ChannelAxis, GraphForm } from './graph-form.ts'
import type { OpNode } from './op-graph.ts'

/** @param nodes of the data, in order. @returns axes by tensor; those that nothing tells are left out. */
export function traceChannels<N extends OpNode>(
  form: Pick<GraphForm<N>, 'graph' | 'channelsOf' | 'channelsTaken'>,
  nodes: readonly N[],
  ofInput: ChannelAxis,
): ReadonlyMap<string, ChannelAxis> {
  const channels = new Map<string, ChannelAxis>([[form.graph.input, ofInput]])
  const fill = (names: readonly string[], axis: ChannelAxis) => {
    if (axis === undefined) return
    for (const name of names) if (!channels.has(name)) channels.set(name, axis)
  }
  const forwards = (isTurning: boolean) => {
    for (const node of nodes) {
      if (node.op === 'Transpose' && !isTurning) continue
      const given = node.inputs.map((name) => channels.get(name)).find((axis) => axis !== undefined)
      fill(node.outputs, form.channelsOf(node, given))
    }
  }
  // A matrix over rows that were turned for it says nothing of the channels behind: who takes those is asked first.
  forwards(false)
  for (const node of [...nodes].reverse()) {
    const made = channels.get(node.outputs[0] ?? '')
    fill(node.inputs, form.channelsTaken(node) ?? before(form, node, made))
  }
  forwards(true)
  return channels
}

/** Where they stood in what an operation took, by where they stand in what it gave. */
function before<N extends OpNode>(
  form: Pick<GraphForm<N>, 'channelsOf'>,
  node: N,
  made: ChannelAxis,
): ChannelAxis {
  if (made === undefined) return undefined
  const axes = ['first', 'last'] as const
  const fits = axes.filter((axis) => form.channelsOf(node, axis) === made)
  return fits.includes(made) ? made : fits[0]
}
