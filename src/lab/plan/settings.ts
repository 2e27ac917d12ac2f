// Thresholds that are worth a look, with what they do: risk paths for every way in which exits may differ in cost,
// for which only the split decides. Those that another one beats at everything are left out. Pure.
import type { ConfidenceName } from '../../domain/confidence.ts'
import type { MemoryChoice } from '../../domain/exit-memory.ts'
import { neverOf } from '../../domain/leaves.ts'
import type { ExitFit } from '../evaluation/exit-fit.ts'
import { fitExits, type FitOptions } from '../evaluation/fit-exits.ts'
import { tallyOf, type ExitColumns, type Tally } from '../evaluation/exit-columns.ts'
import { columnsOfScores } from '../evaluation/columns-of-scores.ts'
import { riskPath } from '../evaluation/risk-path.ts'
import type { ExitFacts, SampleScores } from '../evaluation/scores.ts'
import { teachExits } from '../evaluation/teach-exits.ts'
import { splitSamples, type SplitOptions } from '../evaluation/split-samples.ts'
import type { Setting } from './plan.ts'

export interface SettingsOptions extends SplitOptions {
  readonly criteria: readonly ConfidenceName[]
  /** Whether exits go by those before them; nowhere where undefined. */
  readonly memory?: MemoryChoice | undefined
}

/** Accuracy of the last exit with nothing lost on the way, on the images that choose and on the others. */
interface Reference {
  readonly chosen: number
  readonly tested: number
  /** By which exits went, in order. */
  readonly fits: readonly ExitFit[]
}

/** Both halves of these samples, as `settingsOf` takes them. Of a split of 1 all do both. */
export function halvesOf(
  samples: readonly SampleScores[],
  options: SplitOptions,
): { readonly chosenOn: readonly SampleScores[]; readonly testedOn: readonly SampleScores[] } {
  const { chosenOn, testedOn } = splitSamples(samples, options)
  return { chosenOn, testedOn: testedOn.length === 0 ? chosenOn : testedOn }
}

export function referenceOf(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  options: Omit<SettingsOptions, 'criteria'>,
): Reference {
  const { chosenOn, testedOn } = halvesOf(samples, options)
  const fits = fitExits(chosenOn, exits, fittingOf(options))
  const share = (half: readonly SampleScores[]) =>
    columnsOfScores(half, exits, fits, 'softmax').lastRight / half.length
  return { chosen: share(chosenOn), tested: share(testedOn), fits }
}

function fittingOf({ memory = 'off', seed }: Omit<SettingsOptions, 'criteria'>): FitOptions {
  return { memory, seed }
}

/**
 * Settings for samples of one form of pixels and features. Temperatures and thresholds come of the half that
 * chooses, shares and accuracy of the other one.
 */
export function settingsOf(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  reference: Reference,
  options: SettingsOptions,
): readonly Setting[] {
  const { chosenOn, testedOn } = halvesOf(samples, options)
  const fitted = fitExits(chosenOn, exits, fittingOf(options))
  const fits = options.criteria.includes('learned')
    ? teachExits(chosenOn, exits, fitted).map(({ fit }) => fit)
    : fitted
  const found = options.criteria.flatMap((criterion) => {
    const chosen = columnsOfScores(chosenOn, exits, fits, criterion)
    const tested = columnsOfScores(testedOn, exits, fits, criterion)
    const calibrated = exits.map(({ gives }, e) => ({
      gives,
      temperature: fits[e]?.temperature ?? 1,
      ...(criterion === 'learned' ? { learned: fits[e]?.learned } : {}),
      ...(fits[e]?.memory === undefined ? {} : { memory: fits[e].memory }),
      accuracy: rightShare(tested, e),
    }))
    return pathsOf(chosen, neverOf(criterion)).map((thresholds): Setting => {
      const [own, other] = [tallyOf(chosen, thresholds), tallyOf(tested, thresholds)]
      return {
        criterion,
        thresholds,
        exits: calibrated,
        left: Array.from(other.left, (count) => count / other.samples),
        accuracy: accuracyOf(other),
        loss: Math.max(reference.chosen - accuracyOf(own), reference.tested - accuracyOf(other)),
      }
    })
  })
  return withoutBeaten(found)
}

/** The same thresholds on other samples of the same form. */
export function settingOn(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  setting: Setting,
): Setting {
  const given = exits.map((facts, e) => ({ ...facts, ...setting.exits[e] }))
  const table = columnsOfScores(samples, given, setting.exits, setting.criterion)
  const tally = tallyOf(table, setting.thresholds)
  const left = Array.from(tally.left, (count) => count / tally.samples)
  return { ...setting, left, accuracy: accuracyOf(tally) }
}

/** All steps of the risk paths for each kind of costs. */
function pathsOf(table: ExitColumns, never: number): readonly (readonly number[])[] {
  return costsOf(table.exits).flatMap((costs) => riskPath(table, { costs, never }))
}

/** Most early exits for which every subset of cuts is looked at: 7 kinds of costs. */
const mostSubsets = 3
/** Among exits that cost the same the earlier one is preferred by this much. */
const preferEarlier = 1e-3

/**
 * Which exits cost the same is up to the split: costs that rise behind some exits and are level elsewhere. All
 * subsets of exits; for many exits single ones and all together.
 */
function costsOf(exits: number): readonly (readonly number[])[] {
  const early = exits - 1
  if (early <= 0) return [[1]]
  const all = Array.from({ length: early }, (_, e) => e)
  const subsets =
    early <= mostSubsets
      ? Array.from({ length: 2 ** early - 1 }, (_, i) =>
          all.filter((e) => ((i + 1) & (1 << e)) !== 0),
        )
      : [...all.map((e) => [e]), all]
  return subsets.map((rises) =>
    Array.from({ length: exits }, (_, e) => {
      const risen = rises.filter((rise) => rise < e).length / rises.length
      return (1 - preferEarlier) * risen + (preferEarlier * e) / early
    }),
  )
}

/**
 * Leaves out a setting where another one lets at least as many leave by every exit, is at least as accurate and
 * loses no more: times of exits rise along the chain, so it is never slower anywhere. Of equals the last stays: paths go
 * from closed to open, and an exit that none of these images reached is to let others leave.
 */
export function withoutBeaten(settings: readonly Setting[]): readonly Setting[] {
  const known = settings.map((setting) => ({ setting, gone: goneBy(setting.left) }))
  return known
    .filter(
      (one, i) =>
        !known.some((other, k) => k !== i && beats(other, one) && (k > i || !beats(one, other))),
    )
    .map(({ setting }) => setting)
}

interface Known {
  readonly setting: Setting
  readonly gone: readonly number[]
}

function beats(a: Known, b: Known): boolean {
  return (
    a.setting.accuracy >= b.setting.accuracy &&
    a.setting.loss <= b.setting.loss &&
    a.gone.every((share, e) => share >= (b.gone[e] ?? 0) - 1e-12)
  )
}

/** Share that has left by each exit. */
function goneBy(left: readonly number[]): readonly number[] {
  let gone = 0
  return left.map((share) => (gone += share))
}

function accuracyOf({ right, samples }: Tally): number {
  return right / samples
}

function rightShare({ isRight, samples }: ExitColumns, exit: number): number {
  return (isRight[exit] ?? new Uint8Array()).reduce((sum, right) => sum + right, 0) / samples
}
