// Every setting of thresholds that a calibration tried, under each criterion, with the front marked.
import { confidenceNames } from '../../domain/confidence.ts'
import { shareOf } from '../../domain/share.ts'
import type { Calibration } from '../../lab/evaluation/calibrate.ts'
import type { CascadeMeasure } from '../../lab/evaluation/measure-cascade.ts'
import type { ReportSection } from '../page/page.ts'
import type { PointChart, PointGroup } from '../plot/plot.ts'
import { basisOf } from './calibration-tables.ts'
import { criterionPaints } from './criteria-section.ts'
import { sweepTable } from './sweep-table.ts'
import { percents } from './trade-off-section.ts'

export function sweepSections(calibration: Calibration): readonly ReportSection[] {
  const { sweep, exits, criterion, costBasis } = calibration
  const names = exits.map(({ name }) => name)
  const own = sweep.filter((row) => row.criterion === criterion)
  const front = own.filter(({ isOnFront }) => isOnFront)
  const named = criterion === 'mixed' ? "the exits' own criteria" : criterion
  const under = `${confidenceNames.length} criteria${criterion === 'mixed' ? ' and with each exit by its own' : ''}`
  return [
    {
      title: 'Sweep',
      text: [
        `A point is a setting of all thresholds: ${sweep.length} were tried under ${under}. Those on the front of ${named} are joined: on the images that chose, none was as right for no more cost (by ${costBasis}). ${basisOf(calibration)} Gain is the last exit's time over the mean time; sweep.csv has every point.`,
      ],
      charts: exits.length === 1 ? [] : [sweepChart(calibration)],
      table: sweepTable(front, names),
      links: [
        { text: 'sweep.csv', href: 'sweep.csv' },
        { text: 'calibration.json', href: 'calibration.json' },
      ],
    },
    ...(own.length === front.length
      ? []
      : [
          {
            title: `Every setting tried by ${named}`,
            table: sweepTable(own, names),
            isFolded: true,
          },
        ]),
  ]
}

function beforeGroup(points: PointGroup['points']): PointGroup {
  return { name: 'before', points, paint: 'soft-ink', shape: 'square' }
}

function sweepChart({ sweep, criterion, before, onTested, onChosen }: Calibration): PointChart {
  const measured = onTested ?? onChosen
  const pointOf = ({ meanMs, accuracy }: CascadeMeasure) => ({ x: meanMs, y: accuracy * 100 })
  const rightOf = ({ accuracy, samples }: CascadeMeasure) =>
    percents(shareOf(Math.round(accuracy * samples), samples))
  const single = (measure: CascadeMeasure) => [{ ...pointOf(measure), interval: rightOf(measure) }]
  return {
    kind: 'points',
    title: 'Accuracy over mean time',
    xLabel: 'Mean time of an image (ms)',
    yLabel: 'Accuracy (%)',
    groups: [
      ...confidenceNames.map((name): PointGroup => {
        const rows = sweep.filter((row) => row.criterion === name)
        return { name, points: rows.map(pointOf), paint: criterionPaints[name], isMany: true }
      }),
      {
        name: criterion === 'mixed' ? 'front of each its own' : `front of ${criterion}`,
        points: sweep.filter((row) => row.criterion === criterion && row.isOnFront).map(pointOf),
        ...{ paint: criterionPaints[criterion], isMany: true, isJoined: true },
      },
      ...(before === undefined ? [] : [beforeGroup(single(before.measure))]),
      { name: 'chosen', points: single(measured), paint: 'ink', shape: 'diamond' },
    ],
  }
}
