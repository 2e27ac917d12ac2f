// Names of tiers as Kubernetes takes them: lower case letters, digits and dashes.
import { ConfigError } from '../../../errors.ts'
import { doorName, type Deployment } from '../deployment.ts'

/** Room for what a controller adds to a Pod's name, which is a label too: 63 characters in all. */
const maxLength = 45

/**
 * By the deployment's own names, the door among them.
 * @throws DDNN_CONFIG_INVALID where two tiers would have one name.
 */
export function objectNames({ file, tiers }: Deployment): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const name of [doorName, ...tiers.map((tier) => tier.name)]) {
    const objectName = objectNameOf(name)
    const other = [...names].find(([, taken]) => taken === objectName)
    if (other !== undefined) {
      throw new ConfigError(
        'DDNN_CONFIG_INVALID',
        `Expected names that differ in lower case, without other signs than dashes, in '${file}', got ${other[0]} and ${name}, both ${objectName}`,
        { hint: 'Give one of them another name: Kubernetes takes no other letters' },
      )
    }
    names.set(name, objectName)
  }
  return names
}

function objectNameOf(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  // The name of a Service begins with a letter.
  const begun = /^[a-z]/.test(plain) ? plain : `tier-${plain.replace(/^-/, '')}`
  return begun.slice(0, maxLength).replace(/-+$/, '')
}
