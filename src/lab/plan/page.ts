// A plan as a page: the best plans, where the time of each goes, and the processes to start. Pure.
import type { ReportPage } from '../../report/page/page.ts'
import type { Chart } from '../../report/plot/plot.ts'
import { describeBytes, describePercent } from '../../report/describe.ts'
import type { Headline } from '../../report/page/document.ts'
import type { Plan } from './choose.ts'
import type { PlannedProcess } from './commands.ts'
import type { Candidate, PlanFacts, PlanOptions, PlanPart } from './plan.ts'
import {
  describeChoice,
  describeMiss,
  describeSplit,
  describeTime,
  partsTable,
  plansTable,
  shownRows,
} from './tables.ts'

/** `provenance` is what the command knows: models, input, links, machine. */
export function planPage(
  plan: Plan,
  planned: PlanFacts,
  options: PlanOptions,
  provenance: ReportPage['provenance'],
  processes: readonly PlannedProcess[],
): ReportPage {
  const first = plan.chosen ?? plan.best[0]
  return {
    title: plan.chosen === undefined ? 'No plan reaches the goal' : 'Plan',
    headline: headlineOf(first, planned, options),
    provenance,
    sections: [
      {
        title: 'Plans',
        text:
          plan.chosen === undefined ? describeMiss(plan, options) : describeChoice(plan, options),
        table: plansTable(plan, planned, options),
        charts: [partsChart(plan, planned)],
      },
      ...(first === undefined
        ? []
        : [
            {
              title: `Where the time goes: ${describeSplit(first, planned)}`,
              table: partsTable(first),
            },
          ]),
      ...(processes.length === 0
        ? []
        : [
            {
              title: 'Processes',
              text: [
                'PLACE:9092 stands for the brokers at a place: those of a link are where it is answered.',
              ],
              table: {
                header: ['Place', 'Replicas', 'Command'],
                rows: processes.map(({ place, replicas, command }) => [
                  place,
                  String(replicas),
                  command.join(' '),
                ]),
              },
            },
          ]),
    ],
  }
}

/** Of the chosen plan; of the nearest where none reaches the goal. */
function headlineOf(
  plan: Candidate | undefined,
  { lastAccuracy }: PlanFacts,
  { links }: PlanOptions,
): readonly Headline[] {
  if (plan === undefined) return []
  const { setting, meanMs, p95Ms, linkBytes } = plan
  const names = links.links.map(({ from, to }) => `${from}-${to}`)
  const bytes = linkBytes.map((own, i) => `${names[i] ?? ''} ${describeBytes(own)}`)
  const left = setting.left.slice(0, -1).reduce((sum, share) => sum + share, 0)
  return [
    {
      name: 'Mean time of an image',
      value: describeTime(meanMs),
      note: `p95 ${describeTime(p95Ms)}`,
    },
    {
      name: 'Accuracy',
      value: describePercent(setting.accuracy),
      note: `the last exit alone ${describePercent(lastAccuracy)}`,
    },
    { name: 'Leave before the last exit', value: describePercent(left) },
    {
      name: 'Bytes of an image over all links',
      value: describeBytes(linkBytes.reduce((sum, own) => sum + own, 0)),
      note: bytes.join(', '),
    },
  ]
}

const kinds: readonly PlanPart['part'][] = ['compute', 'decode', 'encode', 'hop', 'link', 'queue']

function partsChart({ best }: Plan, facts: PlanFacts): Chart {
  const shown = best.slice(0, shownRows).filter(({ meanMs }) => Number.isFinite(meanMs))
  const sumOf = ({ parts }: Candidate, kind: PlanPart['part']) =>
    parts.reduce((sum, { part, ms }) => (part === kind ? sum + ms : sum), 0)
  return {
    kind: 'bars',
    title: 'Mean latency of each split, by part',
    xLabel: 'Mean time of an image (ms)',
    yLabel: 'Split',
    isStacked: true,
    categories: shown.map((one) => {
      const image = one.arrangement.image?.name
      return `${describeSplit(one, facts)}${image === undefined ? '' : `, ${image}`}`
    }),
    series: kinds.map((kind) => ({ name: kind, values: shown.map((one) => sumOf(one, kind)) })),
  }
}
