// A flag of one name has one meaning wherever it stands: one row of the table, or rows that say the same of their
// command. Whoever gives a name a second row writes here what both mean.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandNames, commands } from '../../src/cli/commands.ts'
import { flags, flagsOf } from '../../src/cli/flags.ts'
import { execute, type Outside } from '../../src/cli/execute.ts'
import { namesOf, type Flag } from '../../src/cli/flag.ts'

/** The one meaning of names that have several rows, as each command has words of its own for it. */
const meanings: Readonly<Record<string, string>> = {
  brokers: 'Kafka to use',
  criterion: 'how sure an exit is; calibrate and plan choose it for who answers later',
  file: 'the deployment file: what up and manifests read and init writes',
  force: 'do what is refused for its danger: write over what is there, or send a letter once more',
  format: 'lines to read, or JSON for machines',
  formats: 'kinds of files to write',
  height: 'height of images for the network',
  'http-host': 'address of the --http-port',
  'http-port': 'port of the pages of a process: where run and demo listen, health asks',
  'http-tls-cert': 'certificate of the --http-port',
  html: 'the page to write',
  limit: 'no more than so many',
  'log-format': 'form of the log',
  'log-level': 'least level that is logged',
  'max-accuracy-loss': 'most points of accuracy that leaving early may cost',
  'max-in-flight': 'most under way at once',
  'model-name': 'name of the models at a door',
  output: 'where what the command makes is written',
  rate: 'images a second',
  resume: 'go on with what is in --output',
  seed: 'seed of all that is drawn',
  threshold: 'least confidence that leaves',
  'timeout-ms': 'longest time for an answer',
  watch: 'go on until Ctrl-C, and show what happens',
  width: 'width of images for the network',
}

/** Rows of one name whose values are not of one kind, with the reason. */
const otherKinds: Readonly<Record<string, string>> = {}

/** Words that are a flag's own name in one command and another flag's older name elsewhere, with the reason. */
const movedNames: Readonly<Record<string, string>> = {
  confidence:
    'a probability in calibrate; the old name of --criterion in run, kept for those that typed it',
  format: 'the old name of --formats; of its own where there is one form to choose',
  input: 'images everywhere; the old name of what results reads, for its -i',
  models: 'folders to run; the old name of --family of init, which is one folder of them',
  send: 'the form of images; the old name of --resend of replay',
  split: 'how train cuts a network; the old name of --fit-share of calibrate and plan',
  url: 'the door that classify asks; the old name of --mirror of download',
}

const byName = new Map<string, Flag[]>()
for (const flag of flags as readonly Flag[]) {
  byName.set(flag.name, [...(byName.get(flag.name) ?? []), flag])
}

const severalRows = [...byName].filter(([, rows]) => rows.length > 1)

test('rows of one name are of one kind', () => {
  const kinds = severalRows
    .filter(([, rows]) => new Set(rows.map(({ kind }) => kind)).size > 1)
    .map(([name]) => name)
  assert.deepEqual(kinds.toSorted(), Object.keys(otherKinds).toSorted())
})

test('names with rows of several words have one meaning, written here, and no others have', () => {
  const worded = severalRows
    .filter(([, rows]) => new Set(rows.map(({ help }) => help)).size > 1)
    .map(([name]) => name)
  const shared = severalRows.map(([name]) => name)
  assert.deepEqual(
    worded.filter((name) => meanings[name] === undefined),
    [],
    'rows with other words',
  )
  assert.deepEqual(
    Object.keys(meanings).filter((name) => !shared.includes(name)),
    [],
    'meanings of names that have one row',
  )
})

test('a command has each name once', () => {
  for (const command of commandNames) {
    const names = flagsOf(command).flatMap((flag) => namesOf(flag))
    const twice = names.filter((name, i) => names.indexOf(name) !== i)
    // doctor has its own flags and those of the run that it examines.
    if (command !== 'doctor') assert.deepEqual(twice, [], command)
  }
})

test('a word is a name of one flag, but for those that moved', () => {
  const owners = new Map<string, Set<string>>()
  for (const flag of flags as readonly Flag[]) {
    for (const word of namesOf(flag).filter((one) => one.length > 1)) {
      owners.set(word, (owners.get(word) ?? new Set()).add(flag.name))
    }
  }
  const moved = [...owners].filter(([, names]) => names.size > 1).map(([word]) => word)
  assert.deepEqual(moved.toSorted(), Object.keys(movedNames).toSorted())
})

test('examples and first flags of a command are its own', () => {
  for (const command of commandNames) {
    const known = flagsOf(command).map(({ name }) => name)
    const unknown = commands[command].first.filter((name) => !known.includes(name))
    assert.deepEqual(unknown, [], command)
  }
})

test('--tensorflow beside another engine is a problem of every command that has both', async () => {
  const both = commandNames.filter((command) =>
    ['tensorflow', 'engine'].every((name) => flagsOf(command).some((flag) => flag.name === name)),
  )
  assert.ok(both.length >= 7, both.join())
  for (const command of both.filter((one) => one !== 'doctor')) {
    for (const engine of ['wasm', 'onnx']) {
      const problem = `Expected --tensorflow or --engine ${engine}, got both`
      const stderr = await call([command, '--tensorflow', '--engine', engine])
      assert.ok(stderr.includes(problem), `${command}: ${stderr}`)
    }
    const stderr = await call([command, '--tensorflow', '--engine', 'tensorflow', '--nonsense'])
    assert.doesNotMatch(stderr, /got both/)
  }
})

async function call(argv: readonly string[]): Promise<string> {
  let told = ''
  const outside: Outside = {
    begin: () => ({ signal: new AbortController().signal, onHangup: () => () => undefined }),
    stopped: () => undefined,
    endAtOnce: () => undefined,
  }
  const stderr = { write: (text: string) => (told += text) }
  await execute(argv, {}, { stdout: { write: () => true }, stderr }, outside)
  return told
}
