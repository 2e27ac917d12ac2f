// What is fitted of each exit, and what it does to the calibration error. Pure.
import {
  confidenceNames,
  isProbability,
  type ConfidenceName,
  type ExitGives,
} from '../../domain/confidence.ts'
import { ece, mce, reliabilityBins, type ReliabilityBin } from './calibration-error.ts'
import type { ExitMemory } from '../../domain/exit-memory.ts'
import type { Learned } from '../../domain/learned.ts'
import type { ChosenCriteria } from './choose-criteria.ts'
import type { ExitColumns } from './exit-columns.ts'
import { judgedOf } from './columns-of-scores.ts'
import { knownFits, voicesOf, type ExitFit } from './exit-fit.ts'
import { perfectEce } from './perfect-calibration.ts'
import type { CriterionRanking } from './rank-criteria.ts'
import { riskCoverage, type RiskCoverage } from './risk-coverage.ts'
import type { ExitFacts, SampleScores } from './scores.ts'
import { temperatureLimits } from './temperature.ts'
import type { MemoryTrial } from './try-memory.ts'

/** How well one exit's largest probability says how often it is right, on some samples. */
interface ExitFigures {
  /** Of what it goes by: of its own values, or of the mean with the exits before it. */
  readonly temperature: number
  /** 15 bins of equal mass; 0 to 1. */
  readonly ece: number
  /** 15 bins of equal width. */
  readonly eceEqualWidth: number
  /** Of the bins of equal mass. */
  readonly mce: number
  /** Mean negative log-likelihood of the truth, nats. */
  readonly nll: number
  /** Over all classes, 0 to 2. */
  readonly brier: number
  readonly bins: readonly ReliabilityBin[]
}

export interface ExitCalibration {
  readonly name: string
  readonly gives: ExitGives
  /** Of its own values, where it goes by these alone. */
  readonly temperature: number
  /** Undefined where it goes by its own values. */
  readonly memory?: ExitMemory | undefined
  /** Whether that was worth it; undefined where it was not tried. */
  readonly trial?: MemoryTrial | undefined
  /** Whether the fit ended at its least or most: an exit that is always right, or knows nothing. */
  readonly isAtLimit: boolean
  readonly accuracy: number
  /** At the manifest's temperature, 1 where it names none; and at the fitted one. */
  readonly before: ExitFigures
  readonly after: ExitFigures
  /** 95th percentile of the ECE that perfect calibration gives for the confidences of `after`. */
  readonly perfectEce: number
  /** What its threshold is compared with. */
  readonly criterion: ConfidenceName
  /** Of the criterion `learned`, where that is its own. */
  readonly learned?: Learned | undefined
  /** How its criteria rank on the samples that chose. */
  readonly ranking: CriterionRanking
  /** Under each criterion, at the fitted temperature. */
  readonly riskCoverage: Readonly<Record<ConfidenceName, RiskCoverage>>
}

/** The figures of one exit on `samples`; `tables` holds the same samples under each criterion. */
export function describeExit(
  exits: readonly ExitFacts[],
  exit: number,
  { fits, criteria, rankings }: Pick<ChosenCriteria, 'fits' | 'criteria' | 'rankings'>,
  samples: readonly SampleScores[],
  tables: Readonly<Record<ConfidenceName, ExitColumns>>,
  seed: number,
): ExitCalibration {
  const { name, gives } = exits[exit] as ExitFacts
  const { temperature, memory, trial, learned } = fits[exit] as ExitFit
  const own = criteria[exit] ?? 'softmax'
  const { least, most } = temperatureLimits
  const isRight = tables.softmax.isRight[exit] ?? new Uint8Array()
  const curves = confidenceNames.map((criterion) => {
    const { confidence: columns, isRight: rights } = tables[criterion]
    const judged = Array.from(columns[exit] ?? new Float64Array(), (confidence, i) => ({
      confidence,
      isRight: rights[exit]?.[i] === 1,
    }))
    return [criterion, riskCoverage(judged, isProbability(criterion))] as const
  })
  return {
    name,
    gives,
    temperature,
    ...(memory === undefined ? {} : { memory }),
    ...(trial === undefined ? {} : { trial }),
    isAtLimit: temperature <= least || temperature >= most,
    accuracy: isRight.reduce((sum, right) => sum + right, 0) / isRight.length,
    before: figuresOf(exits, exit, knownFits(exits), samples),
    after: figuresOf(exits, exit, fits, samples),
    perfectEce: perfectEce(
      judgedOf(samples, voicesOf(exits, fits), exit).judged.map(({ confidence }) => confidence),
      { seed },
    ),
    criterion: own,
    ...(own === 'learned' ? { learned } : {}),
    ranking: rankings[exit] as CriterionRanking,
    riskCoverage: Object.fromEntries(curves) as Record<ConfidenceName, RiskCoverage>,
  }
}

function figuresOf(
  exits: readonly ExitFacts[],
  exit: number,
  fits: readonly ExitFit[],
  samples: readonly SampleScores[],
): ExitFigures {
  const { judged, nll, brier } = judgedOf(samples, voicesOf(exits, fits), exit)
  const bins = reliabilityBins(judged)
  const { temperature, memory } = fits[exit] as ExitFit
  return {
    temperature: memory?.temperature ?? temperature,
    ece: ece(bins),
    eceEqualWidth: ece(reliabilityBins(judged, 'width')),
    mce: mce(bins),
    nll,
    brier,
    bins,
  }
}
