// The flags of `evaluate`, checked together.
import type { ScoresOptions } from '../compose/scores.ts'
import { featureForms } from '../domain/feature-codec.ts'
import type { Values } from './flag-types.ts'
import { evaluationFormats, type EvaluationFormat } from './flags/evaluate.ts'
import { readFeatureCodec } from './read-feature-codec.ts'
import { readScoresOptions } from './read-scores.ts'
import { readExits } from './read-parts.ts'

export interface EvaluateConfig {
  readonly scores: ScoresOptions
  /** Undefined writes no files. */
  readonly output: string | undefined
  readonly formats: readonly EvaluationFormat[]
}

/** Problems are added to the list, and the result is of no use then. */
export function readEvaluateConfig(values: Values<'evaluate'>, problems: string[]): EvaluateConfig {
  const scores = {
    ...readScoresOptions(values, problems),
    exits: readExits(values, problems),
    featureCodec: readFeatureCodec(values, problems),
    compare: values.boolean('compare-codecs') === true ? featureForms : [],
  }
  const output = values.string('output')
  const formats = values.words('formats')
  const known: readonly string[] = evaluationFormats
  const unknown = formats.filter((format) => !known.includes(format))
  if (unknown.length > 0) {
    problems.push(
      `Expected --formats to be some of ${evaluationFormats.join(', ')}, got '${unknown.join("', '")}'`,
    )
  }
  if (values.isTyped('formats') && output === undefined) {
    problems.push('Expected --output DIR with --formats: where the files go')
  }
  return {
    scores,
    output,
    formats: formats as readonly EvaluationFormat[],
  }
}
