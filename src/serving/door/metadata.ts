// What a door tells of the server and of its model, as the Open Inference Protocol asks for it.
import type { Orientation } from '../../domain/orientation.ts'
import type { DoorModel, DoorOptions } from './door.ts'
import { outputsOf, type OutputName } from './outputs.ts'
import type { DataType } from './protocol.ts'

interface ServerMetadata {
  readonly name: string
  readonly version: string
  readonly extensions: readonly string[]
}

export interface TensorMetadata {
  readonly name: string
  readonly datatype: DataType
  /** -1 for any size: the batch axis, and the classes where nobody knows them. */
  readonly shape: readonly number[]
}

export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: string
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
  /** What is not known is left out. */
  readonly parameters: {
    readonly tier: string
    readonly family?: string
    readonly labels?: readonly string[]
    /** Of photos that are stored turned, for who sends pixels; left out where they are turned upright. */
    readonly orientation?: Orientation
  }
}

/** Of ddnn, whatever it serves. */
export function serverMetadata({ version }: Pick<DoorOptions, 'version'>): ServerMetadata {
  return { name: 'ddnn', version, extensions: ['binary_tensor_data', 'parameters'] }
}

/** Of the model that answers now. */
export function modelMetadata(name: string, model: DoorModel): ModelMetadata {
  const { version, family, tier, labels, orientation, takesImages, input } = model
  return {
    name,
    versions: version === undefined ? [] : [version],
    platform: 'ddnn',
    inputs: [
      takesImages
        ? { name: 'image', datatype: 'UINT8', shape: [-1, ...input] }
        : { name: 'features', datatype: 'FP32', shape: [-1, ...input] },
    ],
    outputs: outputsOf(model).map((output) => ({
      name: output,
      datatype: datatypes[output],
      shape: isOfClasses(output) ? [-1, labels?.length ?? -1] : [-1],
    })),
    parameters: {
      tier,
      ...(family === undefined ? {} : { family }),
      ...(labels === undefined ? {} : { labels }),
      ...(orientation === 'ignore' ? { orientation } : {}),
    },
  }
}

const datatypes: Readonly<Record<OutputName, DataType>> = {
  class: 'INT64',
  label: 'BYTES',
  confidence: 'FP32',
  probabilities: 'FP32',
  logits: 'FP32',
  exit: 'INT64',
  tier: 'BYTES',
  fallback: 'BOOL',
  hops: 'BYTES',
}

function isOfClasses(output: OutputName): boolean {
  return output === 'probabilities' || output === 'logits'
}
