// The images of a local run, held against the models that answer them here. A start and `ddnn doctor` say the same.
import { howToFit } from '../../domain/how-to-fit.ts'
import { hashLabels } from '../../domain/labels.ts'
import { describeShape, isSameShape, type Shape } from '../../domain/tensor.ts'
import { ConfigError } from '../../errors.ts'

/** What the models say of themselves, once they are loaded. */
interface LocalModels {
  readonly labels: readonly string[] | undefined
  readonly stages: readonly {
    readonly spec: { readonly name: string }
    /** `exits`: classes of each. */
    readonly shapes: { readonly input: Shape; readonly exits: readonly number[] }
  }[]
}

interface LocalImages {
  readonly labels: readonly string[]
  /** Undefined where a user's own preprocessing decides. */
  readonly shape: Shape | undefined
}

/** @throws DDNN_LABELS_MISMATCH; DDNN_CONFIG_INVALID for images of another shape. */
export function assertFitsModels({ labels, stages }: LocalModels, images: LocalImages): void {
  const given = images.labels
  if (labels !== undefined && hashLabels(labels) !== hashLabels(given)) {
    throw new ConfigError(
      'DDNN_LABELS_MISMATCH',
      `Expected the model's labels ${labels.join(', ')}, got ${given.join(', ')}`,
      {
        hint: "Pass the model's own labels file with --labels, in its order, or leave --labels out",
      },
    )
  }
  const first = stages.find(({ shapes }) => shapes.exits.length > 0)
  const classes = first?.shapes.exits[0] ?? given.length
  if (classes !== given.length) {
    throw new ConfigError(
      'DDNN_LABELS_MISMATCH',
      `Expected ${classes} labels, as the exits of '${first?.spec.name}' have classes, got ${given.length}`,
      { hint: 'Pass the labels that the model was trained on with --labels, in its order' },
    )
  }
  const input = stages[0]?.shapes.input
  const { shape } = images
  if (input !== undefined && shape !== undefined && !isSameShape(input, shape)) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected images of ${describeShape(input)} for '${stages[0]?.spec.name}', got ${describeShape(shape)}`,
      { hint: howToFit(input) },
    )
  }
}
