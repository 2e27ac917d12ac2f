// What onnxruntime says of a model that it does not load or run, in our words: what is wrong with which
// file, and what to do about it. Its own messages carry paths and signatures of its sources.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { DdnnError, ModelError, type ErrorCode } from '../../../errors.ts'

interface KnownReason {
  readonly says: RegExp
  readonly code: ErrorCode
  /** After `Expected '...' to load, got `; $1 is what the expression found. */
  readonly got: string
  readonly hint: string
}

const exportAgain = 'Copy the file again, or export the model again; see docs/models.md'

const knownReasons: readonly KnownReason[] = [
  {
    says: /External data path does not exist: "([^"]*)"/,
    code: 'DDNN_MODEL_DAMAGED',
    got: "no weights in '$1'",
    hint: 'Copy the .onnx file together with the files of weights beside it',
  },
  {
    says: /[Ee]xternal (?:data|initializer|file)/,
    code: 'DDNN_MODEL_DAMAGED',
    got: 'weights beside it that are cut short, or not where it says',
    hint: 'Copy the .onnx file together with the files of weights beside it',
  },
  {
    says: /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    code: 'DDNN_ENGINE_UNAVAILABLE',
    got: 'IR version $1, where onnxruntime knows $2 and older',
    hint: 'Install a newer onnxruntime-node, or write the file with an older `ir_version`',
  },
  {
    says: /Opset (\d+) is under development.*is till opset (\d+)/,
    code: 'DDNN_ENGINE_UNAVAILABLE',
    got: 'opset $1, where onnxruntime knows $2 and older',
    hint: 'Install a newer onnxruntime-node, or export the model with an older opset_version',
  },
  {
    says: /No Op registered for (\S+)|Fatal error: (\S+?)\(-?\d+\) is not a registered/,
    code: 'DDNN_ENGINE_UNAVAILABLE',
    got: 'operation $1, which onnxruntime does not know',
    hint: 'Export the model with operations of ONNX itself (domain ai.onnx)',
  },
  {
    says: /Could not find an implementation for (\S+?)\(\d+\)/,
    code: 'DDNN_ENGINE_UNAVAILABLE',
    got: 'operation $1 in a type that onnxruntime does not run on this processor',
    hint: 'Export the model in float32',
  },
  {
    says: /Protobuf parsing failed|does not have a graph/,
    code: 'DDNN_MODEL_DAMAGED',
    got: 'a file that is cut short, or no ONNX model',
    hint: exportAgain,
  },
]

/** The error of a submodel that does not load: ours as it is, onnxruntime's in our words. */
export function toLoadError(spec: SubmodelSpec, description: string, thrown: unknown): DdnnError {
  if (thrown instanceof DdnnError) return thrown
  const said = thrown instanceof Error ? thrown.message : String(thrown)
  const known = knownReasons.find(({ says }) => says.test(said))
  const found = known?.says.exec(said)?.slice(1).filter(Boolean) ?? []
  const got = known?.got.replace(/\$(\d)/g, (_, k: string) => found[Number(k) - 1] ?? '')
  return new ModelError(
    known?.code ?? 'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to load on ${description}, got ${got ?? shorten(said)}`,
    { cause: thrown, hint: known?.hint ?? hintFor(spec) },
  )
}

function hintFor({ format }: SubmodelSpec): string {
  return format === 'onnx'
    ? exportAgain
    : 'Copy the model folder again, train it again with `ddnn train`, or pass --engine tensorflow'
}

/** Without the file and the function of onnxruntime that says it. */
function shorten(said: string): string {
  const [line = ''] = said.replace(/^Load model from .*? failed:/, '').split('\n')
  const status = line.split('Status Message: ')[1] ?? line
  return status.replace(/^\/onnxruntime_src\/.*?\) (?=[^,)]*$)/, '').trim() || 'no reason'
}
