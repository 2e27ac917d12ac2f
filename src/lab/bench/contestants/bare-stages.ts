// What the floors are told of a family: its manifests as plain settings, beside its exported ONNX files.
import type { FeatureCodec } from '../../../domain/feature-codec.ts'
import { resolveRules, type RuleOptions } from '../../../domain/rules.ts'
import { defaultScale, scaleOf, type SubmodelSpec } from '../../../domain/submodel.ts'
import { ConfigError } from '../../../errors.ts'
import type { BareStage } from '../bare/stage.ts'

interface BareStageOptions {
  /** ONNX file of each submodel, as `ddnn export` writes them channels last. */
  readonly files: readonly string[]
  /** As the tiers have them; by default all from the manifests. */
  readonly rules?: RuleOptions
  /** In place of the manifests'. */
  readonly codec?: FeatureCodec | undefined
}

const fromManifests: RuleOptions = { confidence: undefined, threshold: undefined }

/**
 * Floors carry no memory from stage to stage: an exit that remembers goes by its own values and temperature here.
 * @throws DDNN_CONFIG_INVALID when a submodel lacks a manifest, or has what the floors do not do.
 */
export function bareStagesOf(
  specs: readonly SubmodelSpec[],
  { files, rules: options = fromManifests, codec }: BareStageOptions,
): readonly BareStage[] {
  const counts = specs.map(({ exits }) => exits?.length ?? 0)
  const rules = resolveRules(specs, counts, options)
  return specs.map((spec, i): BareStage => {
    const { name, input, features, exits } = spec
    if (input === undefined || features === undefined || exits === undefined) {
      throw refused(`a manifest in '${spec.folder}'`, 'none that tells shapes and exits')
    }
    // No engine looks here, and a softmax that is taken for logits would be no error, only another exit.
    if (exits.some(({ gives }) => gives === undefined)) {
      throw refused(`"gives" of every exit in the manifest of '${spec.folder}'`, 'one without')
    }
    const scale = scaleOf(spec)
    if (Math.abs(scale - defaultScale) > 1e-9)
      throw refused('pixels scaled by 1/255', String(scale))
    return {
      name,
      model: files[i] as string,
      input,
      features,
      codec: codec ?? spec.featureCodec ?? 'float32',
      exits: (rules[i] ?? []).map(({ confidence, gives, temperature, threshold }) => {
        const isKnown = confidence === 'softmax' || confidence === 'margin'
        if (isKnown && gives === 'logits') return { criterion: confidence, temperature, threshold }
        throw refused('exits of logits by softmax or margin', `${confidence} of ${gives}`)
      }),
    }
  })
}

function refused(expected: string, got: string): ConfigError {
  const message = `Expected ${expected} for the bare floors, got ${got}`
  return new ConfigError('DDNN_CONFIG_INVALID', message, { hint: 'Leave the floors out' })
}
