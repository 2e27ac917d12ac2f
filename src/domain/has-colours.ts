// Whether a stream is shown in colours.

interface ColourTarget {
  readonly isTTY?: boolean | undefined
}

/** NO_COLOR and FORCE_COLOR count before what the stream is. */
export function hasColours(
  target: ColourTarget,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR']) return !['0', 'false'].includes(env['FORCE_COLOR'])
  return target.isTTY === true && env['TERM'] !== 'dumb'
}
