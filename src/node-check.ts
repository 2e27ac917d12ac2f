// Whether this Node runs ddnn. Imports nothing: an older one fails at what is imported, and in riddles.

/** The least of package.json's engines. */
export const leastNode = 20

/** What to tell a user whose Node is too old; undefined where it is not. */
export function nodeProblem(version: string): string | undefined {
  const major = Number.parseInt(version, 10)
  if (major >= leastNode) return undefined
  return `ddnn: Expected Node ${leastNode} or later, got ${version} [DDNN_CONFIG_INVALID]\n  Install Node ${leastNode} or later, or use the container images, which bring theirs\n`
}
