// The CSV of an evaluation: a row a sample, then the files that could not be read.
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import type { Scores } from '../../lab/evaluation/scores.ts'

/** File;Label;EXIT_Prediction;EXIT_Confidence...;Exit;Prediction;Right;Error. Labels are names. */
export function evaluationColumns({ exits }: Scores): readonly string[] {
  const byExit = exits.flatMap(({ name }) => [`${name}_Prediction`, `${name}_Confidence`])
  return ['File', 'Label', ...byExit, 'Exit', 'Prediction', 'Right', 'Error']
}

/** Cells as strings; `Exit` is empty where no exit was confident and the network goes on elsewhere. */
export function* evaluationRows(
  { labels, exits, samples, unreadable }: Scores,
  { taken }: Evaluation,
): Iterable<readonly string[]> {
  const nameOf = (label: number) => labels[label] ?? ''
  for (const [i, { file, label }] of samples.entries()) {
    const { results = [], exit = -1, isLeft = false } = taken[i] ?? {}
    const prediction = results[exit]?.prediction ?? -1
    yield [
      file,
      nameOf(label),
      ...results.flatMap((result) => [nameOf(result.prediction), confidenceOf(result.confidence)]),
      isLeft ? (exits[exit]?.name ?? '') : '',
      nameOf(prediction),
      String(prediction === label),
      '',
    ]
  }
  const empty = exits.flatMap(() => ['', ''])
  for (const { file, reason } of unreadable) {
    // One row is one line, whatever an error says.
    yield [file, '', ...empty, '', '', '', reason.replace(/\s+/g, ' ')]
  }
}

function confidenceOf(confidence: number | undefined): string {
  return confidence === undefined || Number.isNaN(confidence) ? '' : confidence.toFixed(6)
}
