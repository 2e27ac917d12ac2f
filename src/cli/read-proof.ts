// The flags that say which images prove what the others choose: a share of them, folds, or a set of its own.
import type { LabelledInput } from '../lab/evaluation/labelled.ts'
import type { Values } from './flag-types.ts'
import { readLabelled } from './read-labelled.ts'

const proofFlags = ['fit-share', 'folds', 'test-input'] as const

/** Share of the images of --input that choose; problems are added to the list. */
export function splitOf(values: Values<'calibrate'>, problems: string[]): number {
  const share = values.number('fit-share')
  const hasOthers = values.isGiven('folds') || values.isGiven('test-input')
  // A share of 1 says what both others say anyway.
  const given = proofFlags.filter(
    (name) => values.isGiven(name) && !(name === 'fit-share' && share === 1),
  )
  if (given.length > 1) {
    problems.push(
      `Expected one of --fit-share, --folds and --test-input, got ${given.map((name) => `--${name}`).join(' and ')}`,
    )
  }
  return hasOthers ? 1 : share
}

/** The images that test, read as those of --input; undefined where they are a part of these. */
export function testInputOf(
  values: Values<'calibrate'>,
  problems: string[],
): LabelledInput | undefined {
  const folder = values.string('test-input')
  if (folder === undefined) return undefined
  // What is wrong with the other flags of the input has been said.
  const input = readLabelled(values, [], folder)
  if (folder === values.string('input')) {
    problems.push(
      `Expected --test-input to be another folder than --input, got '${folder}' for both`,
    )
  }
  return input.kind === 'cifar10'
    ? { ...input, folder }
    : {
        ...input,
        preprocessModule: values.string('preprocess'),
        orientation: values.string('orient'),
      }
}
