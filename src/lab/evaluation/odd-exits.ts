// Exits whose values are no numbers: of a training that diverged, or images that are not scaled as in training.
import { isEveryFinite } from '../../domain/finite.ts'
import { ModelError } from '../../errors.ts'
import type { Scores } from './scores.ts'

/** An exit that gives NaN or infinity for some images. */
interface OddExit {
  readonly name: string
  /** How many of them. */
  readonly images: number
}

/** In the order of the exits; empty where all values are numbers. */
export function findOddExits({ exits, samples }: Pick<Scores, 'exits' | 'samples'>): OddExit[] {
  return exits
    .map(({ name }, exit) => {
      const odd = samples.filter(({ values }) => !isEveryFinite(values[exit] ?? []))
      return { name, images: odd.length }
    })
    .filter(({ images }) => images > 0)
}

/** A sentence for the user. */
export function describeOdd({ name, images }: OddExit, all: number): string {
  return `the exit '${name}' gives NaN or infinity for ${images} of ${all} images: they never leave there`
}

/** The error of exits none of whose values is a number. */
export function withoutNumbers(names: readonly string[]): ModelError {
  const exits = names.length === 1 ? 'the exit' : 'the exits'
  const shown = names.map((name) => `'${name}'`).join(', ')
  return new ModelError(
    'DDNN_ENGINE_VALUE',
    `Expected numbers from ${exits} ${shown}, got NaN or infinity for every image`,
    { hint: 'Its weights are broken, or images are not scaled as in training: train it again' },
  )
}
