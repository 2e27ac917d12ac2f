// Of a process without a page: nobody watches, and nothing is counted.
import { withoutKnobs } from '../../domain/turned-thresholds.ts'
import type { Watch } from './watch.ts'

export const noWatch: Watch = {
  turned: withoutKnobs,
  isOpen: false,
  begin: () => () => undefined,
  seen: () => undefined,
  show: () => undefined,
}
