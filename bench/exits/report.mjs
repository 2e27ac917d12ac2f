// The text of a run of bench/exits.mjs.
import { basename, isAbsolute } from 'node:path'
import { shellCommand } from '../../dist/report/shell-words.js'
import { criteriaTable, memoryTable, takenByBest } from './tables.mjs'

/** `run` as bench/exits.mjs keeps it. */
export function describeExits(run) {
  return [
    '# What exits gain by criteria and memory',
    factsOf(run),
    ...run.parts.flatMap(sectionsOf),
  ]
    .join('\n\n')
    .concat('\n')

  function sectionsOf({ splits }) {
    const [{ chosenOn, testedOn }] = splits
    const { exits } = run
    const rates = run.rates.map((shares) => shares.join(','))
    return [
      `## ${counted(chosenOn)} images choose, ${counted(testedOn)} are measured`,
      `Means over ${splits.length} random splits, each with the standard error over splits of its difference; splits of one set share its images, so that says little of other images.`,
      ...rates.flatMap((rate) => [
        `### Criteria, ${percents(rate)} have left by ${exits.slice(0, -1).join(', ')}`,
        'At equal exit rates, quantiles of the images that chose; no search:',
        criteriaTable(splits, exits, { rate, by: 'equal rates' }),
        'By the goal of `ddnn calibrate --exit-rate`: at least so many, with the most accuracy on the images that chose:',
        criteriaTable(splits, exits, { rate, by: 'goal' }),
      ]),
      `\`best\` took, in splits: ${takenByBest(splits, exits).join('; ')}. Exits remember where \`auto\` keeps it.`,
      '### Exits that remember',
      'Each exit had all images left there, by `softmax`; in brackets the difference to `off`:',
      memoryTable(splits, exits),
    ]
  }
}

const counted = (count) => count.toLocaleString('en-US')

const percents = (rate) =>
  `${rate
    .split(',')
    .map((share) => Number((share * 100).toFixed(2)))
    .join(', ')} %`

function factsOf(run) {
  const { machine, versions, seeds } = run
  const load = run.load.map((one) => one.toFixed(1)).join(' and ')
  const codecs = run.codecs.length === 0 ? '' : `; features travel as ${run.codecs.join(', ')}`
  const facts = {
    command: `\`${run.command}\``,
    family: `${run.family ?? 'not named'}${codecs}`,
    images: `${counted(run.images)}, sha256 ${run.dataHash}`,
    seeds: `${seeds[0]} to ${seeds.at(-1)}`,
    commit: run.commit,
    date: `${run.date}, ${run.tookSeconds} s`,
    machine: `${machine.cores} x ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.platform}; load of a minute before and after the run ${load}`,
    versions: `${Object.entries(versions)
      .map((one) => one.join(' '))
      .join(', ')}; ${run.engine}`,
  }
  return Object.entries(facts)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join('\n')
}

/** With what was not typed too. Folders of this machine are nobody else's: their names stay. */
export function commandOf({ out: _, ...options }) {
  const words = Object.entries(options).flatMap(([name, given]) =>
    [given].flat().flatMap((value) => [`--${name}`, isAbsolute(value) ? basename(value) : value]),
  )
  return shellCommand(['node', 'bench/exits.mjs', ...words])
}
