// The words of a command line that may be flags: those before a lone `--`.

/** All of them where there is none. */
export function beforeDashes(argv: readonly string[]): readonly string[] {
  return argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
}
