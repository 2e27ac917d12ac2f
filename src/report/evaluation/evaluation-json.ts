// All figures of an evaluation as plain data for evaluation.json; NaN (nothing to count) becomes null there.
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import type { Reached } from '../../lab/evaluation/trade-offs.ts'
import type { Scores } from '../../lab/evaluation/scores.ts'

/** The figures; the command puts its circumstances in front. docs/evaluation.md explains each field. */
export function evaluationFigures(scores: Scores, evaluation: Evaluation): object {
  const { stages, labels, unreadable } = scores
  const { exits, cascade, costs, codecs, risk, tradeOffs } = evaluation
  return {
    labels,
    samples: evaluation.samples,
    dataHash: scores.dataHash,
    unreadable,
    stages: stages.map(({ name, tier, features, computeMs, offload, multiplyAdds }) => ({
      name,
      tier,
      features,
      multiplyAdds: multiplyAdds ?? null,
      computeMs,
      offload,
    })),
    imageBytes: {
      file: scores.imageBytes?.file ?? null,
      jpeg: scores.imageBytes?.jpeg ?? null,
      pixels: scores.imageBytes?.pixels ?? null,
    },
    codecs: codecs.map((row) => ({ ...row, quality: row.quality ?? null })),
    exits: exits.map(({ name, rule, accuracy, nll, ece, bins, histogram, ...quality }, i) => ({
      name,
      stage: scores.exits[i]?.stage,
      gives: rule.gives,
      confidence: rule.confidence,
      temperature: rule.temperature,
      ...(rule.memory === undefined ? {} : { memory: rule.memory }),
      ...(rule.confidence === 'learned' ? { learned: rule.learned } : {}),
      threshold: rule.threshold,
      accuracy,
      nll,
      ece,
      bins,
      histogram,
      computeMs: costs.exits[i]?.computeMs,
      multiplyAdds: costs.exits[i]?.multiplyAdds ?? null,
      classes: quality.classes,
      confusion: quality.confusion,
    })),
    cascade: {
      accuracy: cascade.accuracy,
      exits: cascade.exits,
      tiers: cascade.tiers,
      unsure: cascade.unsure,
      exitRates: cascade.exitRates,
      hardest: cascade.hardest.map(({ label, prediction, exit, ...hard }) => ({
        ...hard,
        label: labels[label] ?? null,
        prediction: labels[prediction] ?? null,
        exit: exits[exit]?.name ?? null,
      })),
      classes: cascade.classes,
      confusion: cascade.confusion,
      computeMs: costs.computeMs,
      computeSaved: costs.computeSaved,
      multiplyAdds: costs.multiplyAdds ?? null,
      multiplyAddsSaved: costs.multiplyAddsSaved ?? null,
      cuts: costs.cuts,
    },
    risk: risk ?? null,
    isCalibratedOnThese: evaluation.isCalibratedOnThese,
    tradeOffs: {
      chosen: reachedOf(tradeOffs.chosen),
      alone: tradeOffs.alone.map((one, i) => ({ name: exits[i]?.name, ...reachedOf(one) })),
      tried: tradeOffs.tried.map(({ thresholds, isOnFront, ...one }) => ({
        thresholds: thresholds.map((threshold) => threshold ?? null),
        ...reachedOf(one),
        isOnFront,
      })),
    },
  }
}

function reachedOf({ accuracy, multiplyAdds, bytes }: Reached): object {
  return { accuracy, multiplyAdds: multiplyAdds ?? null, bytes }
}
