// How far a file's Expected_result can be trusted. The Python original writes element 0 of the one-hot label there: 1.0
// for the first class and 0.0 for every other, so which class was expected is lost. Its first versions, and ddnn, write
// the label's index. Pure.
import { numberOf } from './cell-number.ts'
import type { CsvRow, RunCsv, Truth } from './run-row.ts'

/** Labels by row that somebody else knows: a folder listed again, or another run of the same images. */
export interface KnownLabels {
  readonly labels: readonly (number | undefined)[]
  /** Where they come from, behind 'taken from': "the folder 'photos'". */
  readonly from: string
}

/**
 * @param labels names of the classes in their order, for files that hold names, and for those of two classes
 * @param known places to recover lost labels from, the best first
 */
export function truthOf(
  csv: RunCsv,
  labels: readonly string[] | undefined,
  known: readonly KnownLabels[],
): Truth {
  const { rows } = csv
  const unknown = rows.map(() => undefined)
  if (rows.every(({ expectedText }) => expectedText === '')) {
    return {
      kind: 'none',
      expected: unknown,
      note:
        csv.writer === 'tier'
          ? 'This is the CSV of a tier, which does not know what is right: nothing is said of accuracy.'
          : 'The file has no Expected_result: nothing is said of accuracy.',
    }
  }
  const numbers = rows.map(({ expectedText }) => numberOf(expectedText))
  if (rows.some(({ expectedText }, i) => expectedText !== '' && numbers[i] === undefined)) {
    return ofNames(rows, labels)
  }
  const meaning = meaningOf(csv, numbers)
  if (meaning === 'index') return { kind: 'index', expected: numbers, note: undefined }
  return meaning === 'one-hot' ? recovered(numbers, labels, known) : unclear(numbers, known)
}

/** Names of labels, where somebody wrote these; or the whole one-hot vector. */
function ofNames(rows: readonly CsvRow[], labels: readonly string[] | undefined): Truth {
  const expected = rows.map(({ expectedText }) => {
    const place = labels?.indexOf(expectedText) ?? -1
    return place === -1 ? wholeVector(expectedText) : place
  })
  if (expected.every((label) => label !== undefined)) {
    return { kind: 'index', expected, note: undefined }
  }
  const first = rows[expected.indexOf(undefined)]?.expectedText.slice(0, 40) ?? ''
  return {
    kind: 'none',
    expected: rows.map(() => undefined),
    note: `Expected_result holds '${first}', which is no index of a class${labels === undefined ? '; pass --labels where these are their names' : ' and none of --labels'}: nothing is said of accuracy.`,
  }
}

/** '[0. 0. 1.]' -> 2. */
function wholeVector(text: string): number | undefined {
  const inner = /^\[(.+)\]$/.exec(text)?.[1]
  const values = inner?.split(/[\s,]+/).map(numberOf)
  if (values === undefined || values.length < 2) return undefined
  const ones = values.filter((value) => value === 1).length
  return ones === 1 && values.every((value) => value === 0 || value === 1)
    ? values.indexOf(1)
    : undefined
}

/**
 * Whether the numbers are indices or elements of one-hot vectors. An index above 1 tells. 0 and 1 alone are told by how
 * they are written ('1.0'), then by their order: images come label by label, so that elements fall from 1 to 0 and
 * indices rise. One number in all rows is either.
 */
function meaningOf(
  { writer, rows }: RunCsv,
  numbers: readonly (number | undefined)[],
): 'index' | 'one-hot' | 'unclear' {
  if (writer !== 'python') return 'index'
  if (numbers.some((value) => value !== undefined && value !== 0 && value !== 1)) return 'index'
  if (rows.some(({ expectedText }) => /[.,]/.test(expectedText))) return 'one-hot'
  const known = numbers.filter((value) => value !== undefined)
  const rises = known.some((value, i) => i > 0 && value > (known[i - 1] ?? 0))
  if (new Set(known).size === 1) return 'unclear'
  return rises ? 'index' : 'one-hot'
}

function unclear(numbers: readonly (number | undefined)[], known: readonly KnownLabels[]): Truth {
  const [value] = numbers.filter((one) => one !== undefined)
  const source = known.find(({ labels }) => labels.length === numbers.length && isOf(labels, value))
  if (source !== undefined) {
    const note = `Expected_result is ${value} in every row, an index or a fault of the Python original. The labels are taken from ${source.from}, which has as many images.`
    return { kind: 'recovered', expected: source.labels, note }
  }
  return {
    kind: 'none',
    expected: numbers.map(() => undefined),
    note: `Expected_result is ${value} in every row: the index of one class, or the fault of the Python original, which writes 0 for every class but the first. Nothing is said of accuracy; pass the --input and --labels of that run.`,
  }
}

/** Whether these may be the labels behind one number in all rows, an index or an element. */
function isOf(labels: KnownLabels['labels'], value: number | undefined): boolean {
  return (
    labels.every((label) => label === value) ||
    labels.every((label) => label !== undefined && (label === 0) === (value === 1))
  )
}

function recovered(
  numbers: readonly (number | undefined)[],
  labels: readonly string[] | undefined,
  known: readonly KnownLabels[],
): Truth {
  if (labels?.length === 2) {
    return {
      kind: 'recovered',
      expected: numbers.map((value) => (value === undefined ? undefined : 1 - value)),
      note: `${fault} Of two classes that is enough: 0 is the second one.`,
    }
  }
  const isSame = ({ labels: own }: KnownLabels) =>
    own.length === numbers.length &&
    own.every((label, i) => label !== undefined && (label === 0) === (numbers[i] === 1))
  const source = known.find(isSame)
  if (source !== undefined) {
    return {
      kind: 'recovered',
      expected: source.labels,
      note: `${fault} The labels are taken from ${source.from}: as many images, and the first class stands at the same rows.`,
    }
  }
  return {
    kind: 'one-hot',
    expected: numbers.map((value) => (value === 1 ? 0 : undefined)),
    isFirst: numbers.map((value) => value === 1),
    note: `${fault} Which other class was expected is not in the file, so accuracy is shown as the range that it lies in. Pass the --input and --labels of that run, or beside it the CSV of a ddnn run on the same images, and it is recovered.`,
  }
}

const fault =
  'Expected_result of this file is a fault of the Python original: it writes the first element of the one-hot label (1 for the first class, 0 for every other) where the index of the label belongs.'
