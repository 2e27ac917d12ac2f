// Each exit's temperature and what it does to the calibration error. Pure.
import { confidenceNames, type ConfidenceName, type ExitGives } from '../../domain/confidence.ts'
import { ece, mce, reliabilityBins, type ReliabilityBin } from './calibration-error.ts'
import type { ExitColumns } from './exit-columns.ts'
import { judgedOf, scoredOf } from './columns-of-scores.ts'
import { perfectEce } from './perfect-calibration.ts'
import { riskCoverage, type RiskCoverage } from './risk-coverage.ts'
import type { ExitFacts, SampleScores } from './scores.ts'
import { fitTemperature, temperatureLimits } from './temperature.ts'

/** How well one exit's largest probability says how often it is right, on some samples. */
interface ExitFigures {
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
  readonly temperature: number
  /** Whether the fit ended at its least or most: an exit that is always right, or knows nothing. */
  readonly isAtLimit: boolean
  readonly accuracy: number
  /** At the manifest's temperature, 1 where it names none; and at the fitted one. */
  readonly before: ExitFigures
  readonly after: ExitFigures
  /** 95th percentile of the ECE that perfect calibration gives for the confidences of `after`. */
  readonly perfectEce: number
  /** Under each criterion, at the fitted temperature. */
  readonly riskCoverage: Readonly<Record<ConfidenceName, RiskCoverage>>
}

/** One temperature an exit; four decimals, since what is written is what was measured. */
export function fitTemperatures(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
): readonly number[] {
  return exits.map((facts, exit) => {
    const temperature = fitTemperature(scoredOf(samples, facts, exit))
    return Math.round(temperature * 1e4) / 1e4
  })
}

/** The figures of one exit on `samples`; `tables` holds the same samples under each criterion. */
export function describeExit(
  facts: ExitFacts,
  exit: number,
  temperature: number,
  samples: readonly SampleScores[],
  tables: Readonly<Record<ConfidenceName, ExitColumns>>,
  seed: number,
): ExitCalibration {
  const { least, most } = temperatureLimits
  const isRight = tables.softmax.isRight[exit] ?? new Uint8Array()
  const curves = confidenceNames.map((name) => {
    const column = tables[name].confidence[exit] ?? new Float64Array()
    const judged = Array.from(column, (confidence, i) => ({
      confidence,
      isRight: isRight[i] === 1,
    }))
    return [name, riskCoverage(judged)] as const
  })
  return {
    name: facts.name,
    gives: facts.gives,
    temperature,
    isAtLimit: temperature <= least || temperature >= most,
    accuracy: isRight.reduce((sum, right) => sum + right, 0) / isRight.length,
    before: figuresOf(facts, exit, facts.temperature ?? 1, samples),
    after: figuresOf(facts, exit, temperature, samples),
    perfectEce: perfectEce(
      judgedOf(samples, facts, exit, temperature).judged.map(({ confidence }) => confidence),
      { seed },
    ),
    riskCoverage: Object.fromEntries(curves) as Record<ConfidenceName, RiskCoverage>,
  }
}

function figuresOf(
  facts: ExitFacts,
  exit: number,
  temperature: number,
  samples: readonly SampleScores[],
): ExitFigures {
  const { judged, nll, brier } = judgedOf(samples, facts, exit, temperature)
  const bins = reliabilityBins(judged)
  return {
    temperature,
    ece: ece(bins),
    eceEqualWidth: ece(reliabilityBins(judged, 'width')),
    mce: mce(bins),
    nll,
    brier,
    bins,
  }
}
