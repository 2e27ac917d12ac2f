// A response in JSON, its binary outputs after it where they were asked for.
//
//   { "model_name", "model_version"?, "id"?,
//     "outputs": [ { "name", "datatype", "shape", "data" | "parameters": { "binary_data_size" } } ] }
import type { InferResponse, InferTensor, NumbersTensor } from '../../protocol.ts'
import { elementSizes, writeRawTensor } from '../../raw-tensor.ts'

export interface Written {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** BYTES are texts in JSON. Numbers of FP32 are written with the digits that read back as the same FP32. */
export function writeResponse(
  { model, version, id, outputs }: InferResponse,
  isBinary: (output: string) => boolean,
): Written {
  const raws: Uint8Array[] = []
  const shown = outputs.map((tensor) => {
    const { name, datatype, shape } = tensor
    if (!isBinary(name)) return { name, datatype, shape, data: valuesOf(tensor) }
    const raw = writeRawTensor(tensor)
    raws.push(raw)
    return { name, datatype, shape, parameters: { binary_data_size: raw.byteLength } }
  })
  const json = Buffer.from(
    JSON.stringify({ model_name: model, model_version: version, id, outputs: shown }),
  )
  if (raws.length === 0) return { headers: { 'content-type': 'application/json' }, body: json }
  return {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(json.byteLength),
    },
    body: Buffer.concat([json, ...raws]),
  }
}

function valuesOf(tensor: InferTensor): readonly unknown[] {
  if (tensor.datatype === 'BYTES') {
    const decoder = new TextDecoder()
    return tensor.elements.map((element) => decoder.decode(element))
  }
  const { datatype, data } = tensor
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const size = elementSizes[datatype]
  const read = readers[datatype]
  return Array.from({ length: data.byteLength / size }, (_, i) => read(view, i * size))
}

const readers: Readonly<
  Record<NumbersTensor['datatype'], (view: DataView, at: number) => boolean | number>
> = {
  BOOL: (view, at) => view.getUint8(at) !== 0,
  UINT8: (view, at) => view.getUint8(at),
  INT32: (view, at) => view.getInt32(at, true),
  INT64: (view, at) => Number(view.getBigInt64(at, true)),
  FP32: (view, at) => Number(view.getFloat32(at, true).toPrecision(9)),
  FP64: (view, at) => view.getFloat64(at, true),
}
