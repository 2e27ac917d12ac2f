// All samples once more with other forms of features: what each form does to the exits and to the cascade.
import type { FeatureForm } from '../../domain/feature-codec.ts'
import type { Stage } from '../../serving/engine/engine.ts'
import { FrameError } from '../../errors.ts'
import { runLaterStages, type FullRun } from './collect-stages.ts'
import type { ComparedForm, SampleScores } from './scores.ts'
import { sentAs, type FeatureWay } from './send-features.ts'

/** Runs the stages behind the first once for each form; a form that has no room for some value is dropped. */
export class ComparedForms {
  readonly #stages: readonly Stage[]
  readonly #way: FeatureWay
  readonly #samples: Map<FeatureForm, (SampleScores | undefined)[]>

  constructor(
    stages: readonly Stage[],
    way: FeatureWay,
    forms: readonly FeatureForm[],
    count: number,
  ) {
    this.#stages = stages
    this.#way = way
    this.#samples = new Map(forms.map((form) => [form, new Array<undefined>(count)]))
  }

  /** `run` is of the same sample, whose features are still there. */
  async add(index: number, sample: SampleScores, run: FullRun, signal: AbortSignal): Promise<void> {
    const forms = [...this.#samples.keys()]
    await Promise.all(
      forms.map(async (form) => {
        try {
          const values = await runLaterStages(this.#stages, run, signal, (i, features) =>
            sentAs(this.#way, this.#stages[i] as Stage, features, form),
          )
          const list = this.#samples.get(form)
          if (list !== undefined) list[index] = { ...sample, values }
        } catch (thrown) {
          if (!(thrown instanceof FrameError)) throw thrown
          this.#samples.delete(form)
        }
      }),
    )
  }

  /** In the order of the forms, samples as in the scores. */
  read(): readonly ComparedForm[] {
    return [...this.#samples].map(([form, samples]) => ({
      form,
      samples: samples.filter((sample) => sample !== undefined),
    }))
  }
}
