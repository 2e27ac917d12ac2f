// A cut by the name that a user types for it, and why one that cannot be cut at is none.
import { nearestName } from '../../domain/nearest-name.ts'
import { ConfigError } from '../../errors.ts'
import type { BackboneCut } from './backbone.ts'
import { isAlias, type OpNode } from './op-graph.ts'

/**
 * By its whole name, by the end of it after a slash, or by the operation or layer that makes it.
 * @param waysAround tensors that go around one.
 * @throws DDNN_CONFIG_INVALID
 */
export function findCut(
  name: string,
  cuts: readonly BackboneCut[],
  nodes: readonly OpNode[],
  waysAround: (tensor: string) => readonly string[],
): BackboneCut {
  const tensors = nodes.flatMap((node) => node.outputs)
  const byNode = new Map(nodes.map((node) => [node.name, node.outputs[0] ?? '']))
  const cutNames = cuts.map((cut) => cut.name)
  const found =
    [name, byNode.get(name)].find((tensor) => tensor !== undefined && tensors.includes(tensor)) ??
    lastWithin(name, cutNames) ??
    lastWithin(name, tensors)
  const cut = cutBehind(found, cuts, nodes)
  if (cut !== undefined) return cut
  if (found !== undefined) throw noCut(found, cuts, tensors, waysAround(found))
  const near = nearestName(name, [...cutNames, ...cutNames.map(endOf)])
  throw new ConfigError('DDNN_CONFIG_INVALID', `Expected a tensor of the network, got '${name}'`, {
    hint:
      near === undefined
        ? 'Pass --list-exits to see the tensors at which the network can be cut'
        : `Did you mean '${near}'?`,
  })
}

/** The cut itself, or the one that this is another name of. */
function cutBehind(
  tensor: string | undefined,
  cuts: readonly BackboneCut[],
  nodes: readonly OpNode[],
): BackboneCut | undefined {
  const cut = cuts.find(({ name }) => name === tensor)
  if (cut !== undefined || tensor === undefined) return cut
  const node = nodes.find(({ outputs }) => outputs.includes(tensor))
  return node !== undefined && isAlias(node) ? cutBehind(node.inputs[0], cuts, nodes) : undefined
}

/** `conv1/Relu` and `conv1` of `model/conv1/Relu:0`: the last tensor of that end, or inside of that layer. */
function lastWithin(name: string, tensors: readonly string[]): string | undefined {
  const partsOf = (tensor: string) => tensor.replace(/:0$/, '').split('/')
  return (
    tensors.findLast((tensor) => `/${partsOf(tensor).join('/')}`.endsWith(`/${name}`)) ??
    tensors.findLast((tensor) => partsOf(tensor).includes(name)) ??
    // Keras numbers a layer once more as it exports it.
    tensors.findLast((tensor) => partsOf(tensor).some((part) => part.replace(/_\d+$/, '') === name))
  )
}

function endOf(name: string): string {
  return name.split('/').at(-1) ?? name
}

function noCut(
  tensor: string,
  cuts: readonly BackboneCut[],
  tensors: readonly string[],
  around: readonly string[],
): ConfigError {
  const at = tensors.indexOf(tensor)
  const distance = (cut: BackboneCut) => Math.abs(tensors.indexOf(cut.name) - at)
  const near = [...cuts].sort((a, b) => distance(a) - distance(b))[0]
  const why =
    around.length === 0
      ? 'which holds no floats of one sample a row'
      : `which '${around.slice(0, 2).join("' and '")}' ${around.length === 1 ? 'goes' : 'go'} around`
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a tensor that every way through the network goes through, got '${tensor}', ${why}`,
    { hint: near === undefined ? undefined : `The nearest that does is '${near.name}'` },
  )
}
