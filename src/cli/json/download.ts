// What `ddnn download --json` prints.
import { z } from 'zod'
import { dataSetNames } from '../../domain/lab-words.ts'

const words = z.array(z.string())

export const downloadSchema = z.object({
  dataSet: z.enum(dataSetNames),
  folder: z.string().describe('where it is'),
  isNew: z.boolean().describe('whether this call made it; else it was there'),
  summary: z.string().describe('what is in it'),
  licence: z.string(),
  labelsFile: z.string().nullable().describe('null where the images hold their labels'),
  train: words.nullable().describe('flags of a training on it; null where nothing takes it'),
  run: words.describe('flags of a run on it'),
})

export type DownloadDocument = z.infer<typeof downloadSchema>
