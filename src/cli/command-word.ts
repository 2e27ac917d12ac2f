// The first word of a command line: a command, or what its user may have meant.
import { existsSync } from 'node:fs'
import { nearestName } from '../domain/nearest-name.ts'
import { ConfigError } from '../errors.ts'
import { commandNames } from './commands.ts'
import type { CommandName } from './flag.ts'
import { shellCommand } from '../report/shell-words.ts'
import { withoutSecret, withoutSecrets } from './secret-words.ts'

export interface CommandWord {
  readonly command: CommandName
  /** The words behind the command. */
  readonly rest: readonly string[]
}

/** First words that are answered by themselves. */
const otherWords = ['help', 'version', 'completion']

/** The sub-command that argv names; a device or tier where it begins with a flag, or is empty. */
export function commandOf(argv: readonly string[]): CommandWord {
  const [first] = argv
  const command = commandNames.find((name) => name === first)
  return command === undefined ? { command: 'run', rest: argv } : { command, rest: argv.slice(1) }
}

/** @throws DDNN_CONFIG_INVALID where the first word is neither a flag nor a command. */
export function assertCommand(argv: readonly string[]): void {
  const [first = ''] = argv
  if (first === '' || /^\p{Pd}/u.test(first) || commandNames.some((name) => name === first)) return
  const near = nearestName(first.toLowerCase(), [...commandNames, ...otherWords])
  const isThere = /^https?:\/\//.test(first) || existsSync(first)
  if (isThere) {
    throw new ConfigError('DDNN_CONFIG_INVALID', `Expected a command, got '${first}'`, {
      hint: `To say what is on it: ${shellCommand(['ddnn', 'classify', first])}`,
    })
  }
  const meant = near === undefined ? '' : `, did you mean ${near}?`
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Unknown command '${withoutSecret(first)}'${meant}`,
    {
      hint:
        near === undefined
          ? `Run 'ddnn help' for the commands${looksLikeFile(first) ? `; to say what is on a photo: ${shellCommand(['ddnn', 'classify', first])}` : ''}`
          : `Run '${shellCommand(['ddnn', near, ...withoutSecrets(argv.slice(1))])}'${otherWords.includes(near) ? '' : `, or 'ddnn help ${near}' for its flags`}`,
    },
  )
}

/** A path, or a name with an ending. */
function looksLikeFile(word: string): boolean {
  return /[/\\]|\.[A-Za-z0-9]{2,4}$/.test(word)
}
