// The types of tensors that ONNX numbers (TensorProto.DataType).
const names = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
]

export function dataTypeOf(number: number): string {
  return names[number] ?? `type ${number}`
}

/** 0 of a name that ONNX has not. */
export function dataTypeNumber(name: string): number {
  return Math.max(0, names.indexOf(name))
}
