// Functions of an ONNX model written out where they are called, so that a network whose blocks are functions, as
// PyTorch's exporters wrote them, can be cut between and inside of these.
// Fields: NodeProto input 1, output 2, name 3, op_type 4, attribute 5, domain 7, overload 8; FunctionProto name 1,
// input 4, output 5, node 7, opset_import 9, domain 10, attribute_proto 11, overload 13; AttributeProto name 1,
// g 6, graphs 11, ref_attr_name 21.
import { freeName } from '../../free-name.ts'
import { field, textField } from '../../onnx/messages.ts'
import { ProtoMessage } from '../../proto-message.ts'

/** Deeper than any network calls; a function that calls itself is none. */
const mostDepth = 100

type Names = (tensor: string) => string

/** @returns NodeProtos of the graph. Calls that cannot be written out stay calls. */
export function inlineFunctions(model: ProtoMessage, graph: ProtoMessage): readonly Buffer[] {
  const opsets = opsetsOf(model.messages(8))
  const functions = new Map(
    model
      .messages(25)
      .filter((each) => isPlain(each, opsets))
      .map((each) => [[each.text(10), each.text(1), each.text(13)].join(':'), each]),
  )
  const nodes = graph.all(1).map(({ bytes }) => bytes)
  if (functions.size === 0) return nodes
  const taken = new Set(nodes.flatMap((bytes) => new ProtoMessage(bytes).texts(2)))
  const place = (bytes: Buffer, depth: number): readonly Buffer[] => {
    const call = new ProtoMessage(bytes)
    const callee = functions.get([call.text(7), call.text(4), call.text(8)].join(':'))
    if (callee === undefined) return [bytes]
    if (depth === mostDepth) throw new RangeError('functions that call each other without end')
    const names = namesIn(call, callee, taken)
    const given = attributesOf(call, callee)
    return callee.messages(7).flatMap((node) => place(moved(node, names, given), depth + 1))
  }
  return nodes.flatMap((bytes) => place(bytes, 0))
}

function opsetsOf(imports: readonly ProtoMessage[]): ReadonlyMap<string, number> {
  return new Map(imports.map((each) => [each.text(1).replace(/^ai\.onnx$/, ''), each.int(2)]))
}

/** Whether its operations mean the same in the model's graph, and no graph within it takes its tensors. */
function isPlain(each: ProtoMessage, opsets: ReadonlyMap<string, number>): boolean {
  const own = opsetsOf(each.messages(9))
  const isSame = [...own].every(([domain, version]) => (opsets.get(domain) ?? version) === version)
  const attributes = each.messages(7).flatMap((node) => node.messages(5))
  return isSame && attributes.every((one) => one.all(6).length + one.all(11).length === 0)
}

/** What the function calls its tensors, as the graph does: arguments and results by place, others by the call. */
function namesIn(call: ProtoMessage, callee: ProtoMessage, taken: Set<string>): Names {
  const known = new Map<string, string>([['', '']])
  callee.texts(4).forEach((name, i) => known.set(name, call.texts(1)[i] ?? ''))
  callee.texts(5).forEach((name, i) => {
    const result = call.texts(2)[i] ?? ''
    if (result !== '') known.set(name, result)
  })
  const scope = call.texts(2).find((name) => name !== '') ?? call.text(3)
  return (tensor) => {
    const name = known.get(tensor) ?? freeName(`${scope}/${tensor}`, (each) => taken.has(each))
    known.set(tensor, name)
    taken.add(name)
    return name
  }
}

/** AttributeProto by name, where the call or the function's defaults say it. */
function attributesOf(call: ProtoMessage, callee: ProtoMessage): ReadonlyMap<string, ProtoMessage> {
  const said = [...callee.messages(11), ...call.messages(5)]
  return new Map(said.map((attribute) => [attribute.text(1), attribute]))
}

function moved(node: ProtoMessage, names: Names, given: ReadonlyMap<string, ProtoMessage>): Buffer {
  const results = node.texts(2).map(names)
  const fields = node.fields.flatMap(({ number, bytes, raw }) => {
    if (number === 1) return [textField(1, names(bytes.toString()))]
    if (number === 2 || number === 3) return []
    return number === 5 ? attribute(bytes, raw, given) : [raw]
  })
  const own = results.map((name) => textField(2, name))
  return Buffer.concat([...fields, ...own, textField(3, results.find(Boolean) ?? '')])
}

/** One that stands for an argument of the call is that argument under its own name; none where it is left out. */
function attribute(
  bytes: Buffer,
  raw: Buffer,
  given: ReadonlyMap<string, ProtoMessage>,
): readonly Buffer[] {
  const own = new ProtoMessage(bytes)
  const wanted = own.text(21)
  if (wanted === '') return [raw]
  const value = given.get(wanted)
  if (value === undefined) return []
  const rest = value.fields.filter(({ number }) => number !== 1).map((each) => each.raw)
  return [field(5, Buffer.concat([textField(1, own.text(1)), ...rest]))]
}
