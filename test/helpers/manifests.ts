// A manifest that fits the edge submodel of the golden compact network, to vary in tests.
import type { SubmodelManifest } from '../../src/model/manifest.ts'

export const edgeManifest: SubmodelManifest = {
  format: 1,
  family: '0123456789abcdef',
  version: '1',
  name: 'edge',
  place: { index: 0, count: 3 },
  input: [33, 31, 3],
  features: [8, 8, 12],
  exits: [{ index: 0, gives: 'logits', temperature: 0.62, threshold: 0.86, accuracy: 0.8 }],
  labels: ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'],
  preprocessing: { height: 33, width: 31, scale: 1 / 255 },
}
