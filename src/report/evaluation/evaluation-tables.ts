// The figures of an evaluation as tables of text, for stdout and for the page.
import type { ExitRule } from '../../domain/exit.ts'
import { neverOf } from '../../domain/leaves.ts'
import { rounded } from './calibration-tables.ts'
import type { ReportTable } from '../page/page.ts'
import { describeBytes, describeMs, describePercent } from '../describe.ts'
import type { CodecRow } from '../../lab/evaluation/compare-codecs.ts'
import type { ClassMetrics } from '../../lab/evaluation/confusion.ts'
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import type { Share } from '../../domain/share.ts'
import type { Scores } from '../../lab/evaluation/scores.ts'

/** '84.2 % (80.1 to 87.6 %)': a share with its 95 % interval. */
function withInterval({ share, low, high, of }: Share): string {
  if (of === 0) return '-'
  return `${describePercent(share)} (${(low * 100).toFixed(1)} to ${describePercent(high)})`
}

/** A row an exit, had every sample left there, and one for the cascade. */
export function accuracyTable({ exits, cascade }: Evaluation): ReportTable {
  return {
    header: ['Exit alone', 'Accuracy (95 % interval)', 'NLL', 'ECE'],
    rows: [
      ...exits.map(({ name, rule, accuracy, nll, ece }) => [
        rule.memory === undefined || rule.confidence === 'raw' ? name : `${name}, with memory`,
        withInterval(accuracy),
        numberOf(nll),
        describePercent(ece),
      ]),
      ['the cascade', withInterval(cascade.accuracy), '', ''],
    ],
    keys: exits.map(({ rule }) => rule.exit),
    marked: [exits.length],
  }
}

/** A row an exit: its rule, who leaves there, and how often those are right. */
export function leaversTable({ exits, cascade, costs }: Evaluation): ReportTable {
  const rows = exits.map(({ name, rule }, i) => {
    const { left, accuracy } = cascade.exits[i] ?? cascade.unsure
    const takesAll = i === exits.length - 1 && cascade.unsure.left.count === 0
    return [
      name,
      takesAll ? 'takes the rest' : leavesAt(rule),
      String(left.count),
      describePercent(left.share),
      withInterval(accuracy),
      describeMs(costs.exits[i]?.computeMs ?? Number.NaN),
    ]
  })
  const { left, accuracy } = cascade.unsure
  const unsure = ['unsure, to the next tier', '', String(left.count), describePercent(left.share)]
  return {
    header: ['Exit', 'Leaves at', 'Samples', 'Share', 'Right of these', 'Compute to here'],
    rows: left.count === 0 ? rows : [...rows, [...unsure, withInterval(accuracy), '']],
    keys: exits.map(({ rule }) => rule.exit),
  }
}

/** A row a tier, where tiers are not the exits themselves. */
export function tiersTable({ cascade }: Evaluation): ReportTable {
  return {
    header: ['Tier', 'Samples', 'Share', 'Right of these'],
    rows: cascade.tiers.map(({ name, left, accuracy }) => [
      name,
      String(left.count),
      describePercent(left.share),
      withInterval(accuracy),
    ]),
  }
}

/** A row a cut, and what the image itself weighs: whole frames, header included. */
export function bytesTable({ costs }: Evaluation, { imageBytes }: Scores): ReportTable {
  const rows = costs.cuts.map(({ after, share, codec, float32Bytes, bytes, bytesOverAll }) => [
    `features after ${after}`,
    describePercent(share),
    codec,
    describeBytes(float32Bytes),
    describeBytes(bytes),
    describeBytes(bytesOverAll),
  ])
  const image = (name: string, bytes: number | undefined) =>
    bytes === undefined ? [] : [[name, '', '', '', describeBytes(bytes), '']]
  return {
    header: ['Mean frame', 'Goes over', 'Codec', 'As float32', 'As it travels', 'Over all samples'],
    rows: [
      ...rows,
      ...image('image: its own file', imageBytes?.file),
      ...image("image: JPEG of the network's size", imageBytes?.jpeg),
      ...image("image: pixels of the network's size", imageBytes?.pixels),
    ],
  }
}

/** A row a codec: frames after each submodel, time, and accuracy where the samples were run with its form. */
export function codecsTable({ codecs, costs }: Evaluation, { exits }: Scores): ReportTable {
  const quality = codecs.some((row) => row.quality !== undefined)
  return {
    header: [
      'Codec',
      ...costs.cuts.map(({ after }) => `Frame after ${after}`),
      'Over all samples',
      'Encode',
      'Decode',
      ...(quality ? [...exits.map(({ name }) => `${name} right`), 'The cascade'] : []),
    ],
    rows: codecs.map((row) => [
      row.codec,
      ...row.bytes.map(describeBytes),
      describeBytes(row.bytesOverAll),
      describeUs(row.encodeUs),
      describeUs(row.decodeUs),
      ...(quality ? qualityCells(row, exits.length) : []),
    ]),
  }
}

function qualityCells({ quality }: CodecRow, exits: number): readonly string[] {
  if (quality === undefined) return new Array<string>(exits + 1).fill('')
  return [...quality.exits, quality.cascade].map(({ share }) => describePercent(share, 2))
}

function describeUs(us: number): string {
  return `${Math.round(us)} µs`
}

/** Where offloading sends no fewer bytes than the image itself would: in words, for each cut and form of image. */
export function noSmaller({ costs }: Evaluation, { imageBytes }: Scores): readonly string[] {
  const forms = [
    ["the image's own file", imageBytes?.file],
    ["a JPEG of the network's size", imageBytes?.jpeg],
    ['the pixels', imageBytes?.pixels],
  ] as const
  return costs.cuts.flatMap(({ after, codec, bytes }) => {
    const smaller = forms.flatMap(([name, of]) =>
      of !== undefined && bytes >= of ? [`${name} (${describeBytes(of)})`] : [],
    )
    if (smaller.length === 0) return []
    return [
      `Features after ${after} as ${codec} (${describeBytes(bytes)}) are no smaller than ${smaller.join(', ')}`,
    ]
  })
}

/** A row a label. */
export function classTable(classes: readonly ClassMetrics[]): ReportTable {
  return {
    header: ['Label', 'Samples', 'Precision', 'Recall', 'F1'],
    rows: classes.map(({ label, samples, precision, recall, f1 }) => [
      label,
      String(samples),
      describePercent(precision),
      describePercent(recall),
      describePercent(f1),
    ]),
  }
}

/** The sentences under the tables: what the cascade costs and what it saves. */
export function costFacts({ costs }: Evaluation): readonly string[] {
  const time = `Compute of a sample alone: ${describeMs(costs.computeMs)} on average, ${describePercent(costs.computeSaved)} less than through all stages`
  const { multiplyAdds, multiplyAddsSaved } = costs
  if (multiplyAdds === undefined || multiplyAddsSaved === undefined) return [time]
  const adds = `Multiply-adds of a sample: ${(multiplyAdds / 1e6).toFixed(1)} million on average, ${describePercent(multiplyAddsSaved)} less than through all stages`
  return [time, adds]
}

function numberOf(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : '-'
}

function leavesAt({ confidence, threshold }: ExitRule): string {
  const isOpen = threshold < neverOf(confidence)
  return isOpen ? `${confidence} >= ${rounded(threshold)}` : 'lets none leave'
}
