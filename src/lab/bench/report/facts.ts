// What a reader must know before the numbers of a bench: command, machine, versions, how it was asked.
import type { BenchResult } from '../result.ts'
import { describeMs } from '../../../report/describe.ts'

/** Above this a machine had something else to do. */
const quietLoad = 0.3

/** Names and values for the head of the page and of the summary. */
export function benchFacts(result: BenchResult): readonly (readonly [string, string])[] {
  const { setup, loadAtStart } = result
  const doubt = loadAtStart > quietLoad ? ' (above 0: times are doubtful, ratios less so)' : ''
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Command', result.command],
    ['Commit', result.commit],
    ['Date', result.startedAt],
    ['Time taken', describeMs(result.seconds * 1000)],
    ['Machine', describeMachine(result)],
    ['Versions', describeVersions(result)],
    ['Load of the machine before', `${loadAtStart.toFixed(2)}${doubt}`],
    ['Asked', describeSetup(result)],
    ['Models', setup.models.join(', ')],
    ['Images', String(setup.images)],
    ['Rounds', `${setup.rounds}, the contestants in turns`],
    ['Warmed', `${setup.warmSeconds} s`],
    ['Seed', String(setup.seed)],
    ...setup.notes.map((note, i): [string, string] => [
      i === 0 ? 'Notes' : `Notes (${i + 1})`,
      note,
    ]),
  ]
  return facts.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  )
}

/** 'AMD EPYC, 2 cores, 24 GiB, linux x64'. */
export function describeMachine({ machine }: BenchResult): string {
  const { cpu, cores, memoryGiB, platform } = machine
  return `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryGiB} GiB, ${platform}`
}

/** 'over Kafka, links wan, images decoded beforehand, images leave as they come'. */
export function describeSetup({ setup }: BenchResult): string {
  const { over, inputs, exits, links } = setup
  return [
    over === 'kafka' ? 'over Kafka' : 'in one process',
    ...(links === undefined ? [] : [`links ${links}`]),
    inputs === 'decoded' ? 'images decoded beforehand' : 'images decoded on the way',
    `images leave ${exits}`,
  ].join(', ')
}

function describeVersions({ versions, machine }: BenchResult): string {
  const all = Object.entries({ node: machine.node, ...versions })
  return all.map(([name, version]) => `${name} ${version}`).join(', ')
}
