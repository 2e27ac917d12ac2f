// A request whose body is its one input and nothing else: an image file, as `curl --data-binary @rose.jpg` sends
// it, or Triton's raw binary request. What is asked for stands in the address.
import { sizeOf } from '../../../../domain/tensor.ts'
import { kindOf } from '../../../../input/file-kind.ts'
import type { DoorModel } from '../../door.ts'
import type { InferTensor } from '../../protocol.ts'
import type { Asked, ModelPath } from './asked.ts'
import { parametersOfQuery } from './read-parameters.ts'

/** One image file, whatever the bytes are: the decoder says what is none. */
export function readFile(path: ModelPath, body: Uint8Array, query: URLSearchParams): Asked {
  return askedBy(path, fileOf(body), query)
}

/**
 * One sample: pixels or features where the bytes are as many as the model takes, else an image file.
 * @param model undefined where it is not known; the request is then refused for that.
 */
export function readRaw(
  path: ModelPath,
  body: Uint8Array,
  query: URLSearchParams,
  model: DoorModel | undefined,
): Asked {
  if (model === undefined) return readFile(path, body, query)
  const shape = [1, ...model.input]
  const size = sizeOf(model.input)
  if (!model.takesImages) {
    return askedBy(path, { name: 'features', datatype: 'FP32', shape, data: body }, query)
  }
  // Pixels begin as a file does once in millions of images.
  const isPixels = body.length === size && kindOf(body).image === undefined
  return askedBy(
    path,
    isPixels ? { name: 'image', datatype: 'UINT8', shape, data: body } : fileOf(body),
    query,
  )
}

function fileOf(body: Uint8Array): InferTensor {
  return { name: 'image', datatype: 'BYTES', shape: [1], elements: [body] }
}

function askedBy(path: ModelPath, input: InferTensor, query: URLSearchParams): Asked {
  const outputs = query.getAll('outputs').flatMap((names) => names.split(','))
  const named = outputs.map((name) => name.trim()).filter((name) => name !== '')
  return {
    request: {
      ...path,
      id: query.get('id') ?? undefined,
      parameters: parametersOfQuery(query),
      inputs: [input],
      outputs: named.length === 0 ? undefined : named,
    },
    isBinary: () => false,
  }
}
