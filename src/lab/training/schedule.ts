// The learning rate over a run, and the phases that it is made of.
import type { Recipe } from '../../model/networks/recipe.ts'

/** Share of the peak at `progress` (0 to 1): a linear warm-up over the first tenth, then a half cosine. */
export function warmupCosine(progress: number, warmup = 0.1): number {
  const p = within(progress)
  if (p < warmup) return Math.max(0.01, p / warmup)
  return 0.5 * (1 + Math.cos((Math.PI * (p - warmup)) / (1 - warmup)))
}

/** Share of the peak at `progress`: along a line from the first end up, then along another down to the second. */
export function triangle(
  progress: number,
  warmup: number,
  [begin, end]: readonly [number, number],
): number {
  const p = within(progress)
  if (p < warmup) return begin + ((1 - begin) * p) / warmup
  return 1 - ((1 - end) * (p - warmup)) / (1 - warmup)
}

const within = (progress: number) => Math.min(1, Math.max(0, progress))

/** What a step is told by its place in the run. */
export interface PhaseStep extends Pick<Recipe, 'lossWeights' | 'distillation'> {
  readonly learningRate: number
  /** Undefined where the rate is the recipe's. */
  readonly wave: Wave | undefined
}

/** The phase, from 0, that names the highest rate there. */
export interface Wave {
  readonly phase: number
  readonly learningRate: number
}

/**
 * The phase at `progress` (0 to 1) of the run, and the learning rate there: a phase that names a rate begins a wave of
 * it, which lasts over the phases behind it that name none.
 */
export function phaseStep(recipe: Recipe, progress: number): PhaseStep {
  const { phases, ends, place, at } = placeOf(recipe, progress)
  const waves = phases.flatMap(({ learningRate }, i) => (learningRate === undefined ? [] : [i]))
  const first = waves.findLast((i) => i <= at) ?? 0
  const next = waves.find((i) => i > at) ?? phases.length
  const from = ends[first - 1] ?? 0
  const waveLength = (ends[next - 1] as number) - from
  const { lossWeights, distillation } = phases[at] as Recipe['phases'][number]
  const own = phases[first]?.learningRate
  const peak = own ?? recipe.learningRate
  return {
    lossWeights: lossWeights ?? recipe.lossWeights,
    distillation: distillation ?? recipe.distillation,
    learningRate: peak * shareOfPeak(recipe, (place - from) / waveLength),
    wave: own === undefined ? undefined : { phase: first, learningRate: own },
  }
}

/** Whether no phase comes after that at `progress`. */
export function isLastPhase(recipe: Recipe, progress: number): boolean {
  const { phases, at } = placeOf(recipe, progress)
  return at === phases.length - 1
}

function placeOf(recipe: Recipe, progress: number) {
  const phases: Recipe['phases'] = recipe.phases.length === 0 ? [{ share: 1 }] : recipe.phases
  const ends: number[] = []
  for (const { share } of phases) ends.push((ends.at(-1) ?? 0) + share)
  const place = within(progress) * (ends.at(-1) as number)
  const found = ends.findIndex((end) => place < end)
  return { phases, ends, place, at: found === -1 ? phases.length - 1 : found }
}

/** How the rate moves, named or not. */
export function scheduleOf({
  optimizer,
  schedule,
}: Pick<Recipe, 'optimizer' | 'schedule'>): 'cosine' | 'triangle' | 'constant' {
  return schedule ?? (optimizer === 'adamw' ? 'cosine' : 'constant')
}

function shareOfPeak(recipe: Recipe, progress: number): number {
  const { warmup, rateEnds } = recipe
  switch (scheduleOf(recipe)) {
    case 'cosine':
      return warmupCosine(progress, warmup)
    case 'triangle':
      return triangle(progress, warmup, rateEnds)
    case 'constant':
      return 1
  }
}
