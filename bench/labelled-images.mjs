// What the benches of exits and codecs run over: labelled images, with what is said of them on stderr.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** CIFAR-10's binary files where the folder holds them, else a folder a label. */
export function inputOf(folder, format = 'jpg') {
  const isCifar = existsSync(join(folder, 'batches.meta.txt'))
  return isCifar ? { kind: 'cifar10', folder } : { kind: 'folder', folder, format }
}

/** A line on stderr, with or without facts before it. */
export const say = (facts, text) => void process.stderr.write(`${text ?? facts}\n`)

/** A log that says. */
export const log = { debug() {}, info: say, warn: say, error: say }
