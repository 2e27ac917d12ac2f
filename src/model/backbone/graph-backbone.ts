// A backbone of a graph of operations: one run of the network tells the shape of each tensor at which it can be
// cut, and what it costs to get there.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sizeOf, type Shape } from '../../domain/tensor.ts'
import { endOfOperation } from '../operation-ends.ts'
import type { Backbone, BackboneCut, DescribeOutputs, OutputFacts } from './backbone.ts'
import { findCut } from './find-cut.ts'
import type { GraphForm, PartTensor, ShapeOf } from './graph-form.ts'
import { classesOf } from './classes-of.ts'
import { doesNotRun } from './does-not-run.ts'
import { inputLayout } from './input-layout.ts'
import { listCuts, type Facts } from './list-cuts.ts'
import { dataNodes, findCuts, waysAround, type OpNode } from './op-graph.ts'
import { imageShape, type ImageSides } from './sides.ts'
import { traceChannels } from './trace-channels.ts'

/**
 * @param sides for a network that takes images of any size.
 * @throws DDNN_MODEL_DAMAGED when it does not run, or is no network that takes an image.
 */
export async function openGraphBackbone<N extends OpNode>(
  form: GraphForm<N>,
  describe: DescribeOutputs,
  sides: ImageSides | undefined,
): Promise<Backbone> {
  const layout = inputLayout(form.path, form.input.shape)
  const nodes = dataNodes(form.graph)
  const facts = await runOnce(form, describe, imageShape(form.input.shape, layout, sides))
  const channels = traceChannels(form, nodes, layout === 'nchw' ? 'first' : 'last')
  const cuts = listCuts(form, nodes, facts, (name, shape) => {
    // Of what nothing tells, images stay as the network takes them, and rows of tokens are the first axis.
    const axis = channels.get(name) ?? (shape.length > 2 && layout === 'nchw' ? 'first' : 'last')
    return shape.length < 2 ? 'flat' : axis === 'first' ? 'nchw' : 'nhwc'
  })
  const byName = new Map(cuts.map((cut) => [cut.name, cut]))
  const total = cuts.at(-1)?.multiplyAdds ?? 0
  const isOpen = form.input.shape.some((axis) => axis === undefined)
  const partOf = (name: string): PartTensor => {
    const cut = byName.get(name)
    const shape = cut === undefined ? undefined : isOpen ? openShape(cut) : cut.shape
    const isFirst = cut?.layout === 'nchw'
    const dtype = facts.of.get(name)?.dtype ?? 'float32'
    return { name, shape, channels: isFirst ? 'first' : 'last', dtype }
  }
  const { output } = form.graph
  return {
    format: form.format,
    input: { name: form.graph.input, ...form.input, batch: facts.batch, layout },
    cuts,
    multiplyAdds: total,
    classes: classesOf(cuts.at(-1)?.shape ?? []),
    gives: givesOf(form, nodes),
    lastFeatures: lastFeatures(form, nodes, cuts, (name) => facts.of.get(name)?.shape),
    cutAt: (name) => findCut(name, cuts, nodes, (tensor) => waysAround(form.graph, tensor)),
    writeProbe: async (folder, names) => {
      const { batch } = facts
      const part = { batch, from: undefined, head: undefined, isFeaturesGiven: true }
      await form.write(folder, { ...part, outputs: names.map(partOf) })
    },
    writePiece: (folder, { from, to, head, isLast }) => {
      const end = partOf(to ?? output)
      return form.write(folder, {
        batch: facts.batch,
        from: from === undefined ? undefined : partOf(from),
        outputs: [end],
        head: head === undefined ? undefined : { on: end, weights: head },
        isFeaturesGiven: !isLast || head === undefined,
      })
    },
  }
}

/** Channels are as many whatever the image's size; the rest is open. */
function openShape({ shape, layout }: BackboneCut): readonly (number | undefined)[] {
  const at = layout === 'nchw' ? 0 : shape.length - 1
  return shape.map((size, axis) => (axis === at ? size : undefined))
}

/**
 * Shapes of all tensors at which it can be cut, and of those that its cost is counted from.
 * @param size of one image, in the network's own layout.
 */
async function runOnce<N extends OpNode>(
  form: GraphForm<N>,
  describe: DescribeOutputs,
  size: Shape,
): Promise<Facts> {
  const { graph, input } = form
  const nodes = dataNodes(graph)
  const wanted = new Set([...findCuts(graph), ...nodes.flatMap((node) => form.countedBy(node))])
  wanted.delete(graph.input)
  const names = [...wanted]
  const isOpen = input.shape.some((axis) => axis === undefined)
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-backbone-'))
  try {
    const tensors = names.map((name) => part(name))
    const whole = { batch: undefined, from: undefined, head: undefined, isFeaturesGiven: true }
    await form.write(folder, { ...whole, outputs: tensors })
    const run = async (samples: number) => {
      const outputs = await describe(folder, form.format, [samples, ...size]).catch(
        (thrown: unknown) => {
          throw doesNotRun(form.path, thrown, isOpen ? size : undefined)
        },
      )
      const of = new Map(names.map((name, i) => [name, outputs[i] as OutputFacts]))
      of.set(graph.input, { shape: [samples, ...size], dtype: input.dtype })
      return of
    }
    if (input.batch !== undefined) {
      return { samples: input.batch, batch: input.batch, of: await run(input.batch) }
    }
    // Two samples show which axis is the batch; files may say that any number will do when only one does.
    const two = await run(2).catch(() => undefined)
    if (two?.get(graph.output)?.shape[0] === 2) return { samples: 2, batch: undefined, of: two }
    return { samples: 1, batch: 1, of: await run(1) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function part(name: string): PartTensor {
  return { name, shape: undefined, channels: 'last', dtype: 'float32' }
}

function givesOf<N extends OpNode>(
  form: GraphForm<N>,
  nodes: readonly N[],
): 'logits' | 'probabilities' {
  let name = form.graph.output
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.includes(name)) continue
    const end = endOfOperation(node.op)
    if (end !== 'before') return end ?? 'logits'
    name = node.inputs[0] ?? ''
  }
  return 'logits'
}

/** What the last dense layer takes, or the convolution that does its work on a single place. */
function lastFeatures<N extends OpNode>(
  form: GraphForm<N>,
  nodes: readonly N[],
  cuts: readonly BackboneCut[],
  shapeOf: ShapeOf,
): string {
  const { output } = form.graph
  const last = nodes.findLast((node) => form.countedBy(node).length > 0)
  if (last === undefined) return output
  const [samples = 1, ...shape] = shapeOf(last.outputs[0] ?? '') ?? []
  const isVector = samples > 0 && shape.some((axis) => axis === sizeOf(shape))
  // Without a softmax a network that ends with a convolution gives features.
  const isFeatures = form.isConvolution(last) && !isVector
  if (isFeatures && givesOf(form, nodes) === 'logits') return output
  const at = nodes.indexOf(last)
  const makers = new Map(nodes.flatMap((node, i) => node.outputs.map((name) => [name, i])))
  return cuts.findLast(({ name }) => (makers.get(name) ?? 0) < at)?.name ?? output
}
