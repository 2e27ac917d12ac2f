// What of a run's record is known before its first step: what it was told, its images, versions and machine.
import { countByLabel } from './data-set.ts'
import { imagesOf } from './decode-images.ts'
import type { PixelStore } from './pixel-store.ts'
import { describeCircumstances, type RunCircumstances, type RunRecord } from './run-record.ts'
import type { TfNode } from './tfjs-node.ts'

export async function describeRun(
  tf: TfNode,
  { training, validation, unreadable }: PixelStore,
  told: Pick<RunRecord, 'options' | 'recipe' | 'labels' | 'command' | 'begins'>,
): Promise<RunCircumstances> {
  const { options, recipe, labels, command, begins } = told
  return {
    format: 1,
    command,
    ...(await describeCircumstances(tf)),
    ...{ seed: options.seed, options, recipe, labels, unreadable },
    ...(begins === undefined ? {} : { begins }),
    classCounts: {
      training: countByLabel(labels, imagesOf(training)),
      validation: countByLabel(labels, imagesOf(validation)),
    },
    dataHash: { training: training.hash, validation: validation.hash },
  }
}
