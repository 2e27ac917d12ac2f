// The images that evaluate, calibrate, bench and plan read: a folder of labels, or CIFAR-10.
import type { LabelledInput } from '../lab/evaluation/labelled.ts'
import type { FlagReader } from './flag-types.ts'

/**
 * What the flags name, `folder` where they name no folder of their own. Which flags must be given is the
 * command's to say; problems are added to the list.
 */
export function readLabelled(
  values: FlagReader<
    'cifar10' | 'cifar10-path' | 'input' | 'input_format' | 'labels',
    'run' | 'evaluate' | 'calibrate' | 'bench' | 'plan'
  >,
  problems: string[],
  folder: string | undefined = values.string('input'),
): LabelledInput {
  const isCifar10 = values.boolean('cifar10') === true
  const labelsFile = values.string('labels')
  if (isCifar10) {
    return { kind: 'cifar10', folder: values.string('cifar10-path'), labelsFile }
  }
  if (values.isTyped('cifar10-path')) {
    problems.push('Expected --cifar10 with --cifar10-path, got none')
  }
  const format = values.string('input_format').replace(/^\./, '')
  return { kind: 'folder', folder: folder ?? '', labelsFile, format }
}
