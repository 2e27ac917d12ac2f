// A plan as a page: the best plans, where the time of each goes, and the processes to start. Pure.
import type { Chart, ReportPage } from '../../report/plot/plot.ts'
import type { Plan } from './choose.ts'
import type { PlannedProcess } from './commands.ts'
import type { Candidate, PlanFacts, PlanOptions, PlanPart } from './plan.ts'
import {
  describeChoice,
  describeMiss,
  describeSplit,
  partsTable,
  plansTable,
  shownRows,
} from './tables.ts'

/** `facts` are what the command knows: models, input, links, machine. */
export function planPage(
  plan: Plan,
  planned: PlanFacts,
  options: PlanOptions,
  facts: ReportPage['facts'],
  processes: readonly PlannedProcess[],
): ReportPage {
  const first = plan.chosen ?? plan.best[0]
  return {
    title: plan.chosen === undefined ? 'No plan reaches the goal' : 'Plan',
    facts,
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
