// Which tensor of the checkpoint each variable of a SavedModel gets: as its own graph says that restores them,
// which holds whatever the variables are called.
import { nodeName } from '../graph/graph-json.ts'
import type { ProtoNode } from './read-saved-model.ts'

/** Keys of the checkpoint by the names of variables' nodes. */
export function restoredKeys(nodes: readonly ProtoNode[]): ReadonlyMap<string, string> {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const keys = new Map<string, string>()
  /** Variables whose first value another one is. */
  const copies: (readonly [string, string])[] = []
  for (const { op, inputs } of nodes) {
    if (op !== 'AssignVariableOp' && op !== 'Assign') continue
    const [variable = '', value = ''] = inputs
    const source = sourceOf(value, byName)
    const node = byName.get(nodeName(source))
    if (node?.op === 'RestoreV2') {
      const key = keysOf(node, byName)[Number(/:(\d+)$/.exec(source)?.[1] ?? 0)]
      if (key !== undefined) keys.set(nodeName(variable), key)
    } else if (node?.op === 'VarHandleOp') {
      copies.push([node.name, nodeName(variable)])
    }
  }
  // Keras 3 saves copies of its variables, and serves from those that they were made of.
  for (const [original, copy] of copies) {
    const key = keys.get(copy)
    if (key !== undefined && !keys.has(original)) keys.set(original, key)
  }
  return keys
}

/** Through what only hands a value on. */
function sourceOf(tensor: string, byName: ReadonlyMap<string, ProtoNode>): string {
  const node = byName.get(nodeName(tensor))
  if (node === undefined || !/^(Identity|ReadVariableOp)$/.test(node.op)) return tensor
  return sourceOf(node.inputs[0] ?? '', byName)
}

/** RestoreV2 takes the prefix of the files, and the keys: a constant of text. */
function keysOf(restore: ProtoNode, byName: ReadonlyMap<string, ProtoNode>): readonly string[] {
  const names = byName.get(nodeName(restore.inputs[1] ?? ''))
  return names?.attributes.get('value')?.message(8)?.texts(8) ?? [] // string_val
}
