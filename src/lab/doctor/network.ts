// Whether the models of a deployment's tiers are one network, in the order of its file: what a chain would refuse
// only once a request goes on.
import { readModelFolder } from '../../model/folder.ts'
import { checkChain } from '../../model/chain.ts'
import type { CheckResult } from './check.ts'
import type { GivenOptions } from './doctor.ts'
import { Examination } from './examination.ts'
import { chainFacts, describeChain } from './models.ts'

/** @param before what was found of the processes: where a folder of theirs is not well, nothing is looked at */
export async function examineNetwork(
  folders: readonly string[],
  before: readonly CheckResult[],
  options: GivenOptions & { readonly onResult: (result: CheckResult) => void },
): Promise<readonly CheckResult[]> {
  const exam = new Examination(options)
  const name = { id: 'deployment.network', group: 'All tiers', title: 'network' }
  const isMissing = before.some(({ id, status }) => /^models\./.test(id) && status === 'failed')
  if (isMissing) exam.skip(name, 'models were not well above')
  else {
    await exam.check(name, async () => {
      const specs = (await Promise.all(folders.map((folder) => readModelFolder(folder)))).flat()
      checkChain(specs)
      return { found: describeChain(specs), facts: chainFacts(specs), value: true }
    })
  }
  return exam.results
}
