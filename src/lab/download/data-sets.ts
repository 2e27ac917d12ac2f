// The data sets that `ddnn download` knows: where each is served, and how it is recognised.
import type { dataSetNames } from '../../domain/lab-words.ts'
import { cifar10Layout } from './cifar10.ts'
import { flowersLayout } from './flowers.ts'
import type { Layout } from './layout.ts'

type DataSetName = (typeof dataSetNames)[number]

export interface DataSet {
  readonly name: DataSetName
  /** As people call it. */
  readonly title: string
  /** Where its makers serve it. */
  readonly url: string
  /** File name of the archive. */
  readonly archive: string
  /** Size and SHA-256 (hex) of the makers' archive. */
  readonly bytes: number
  readonly sha256: string
  /** Folder that it becomes, below the output folder. */
  readonly folder: string
  readonly layout: Layout
  /** Whose it is, for whoever uses it. */
  readonly licence: string
}

export const dataSets: Readonly<Record<DataSetName, DataSet>> = {
  cifar10: {
    name: 'cifar10',
    title: 'CIFAR-10',
    // Its page gives the MD5 c32a1d4ab5d03f1284b67883e8d87530; the SHA-256 is that of the same file in
    // tensorflow/datasets (url_checksums/cifar10.txt) and red-datasets.
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    archive: 'cifar-10-binary.tar.gz',
    bytes: 170_052_171,
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    folder: 'cifar-10-batches-bin',
    layout: cifar10Layout,
    licence: 'By Alex Krizhevsky, Vinod Nair and Geoffrey Hinton; cite Krizhevsky 2009',
  },
  flowers: {
    name: 'flowers',
    title: 'flower_photos',
    // The SHA-256 is that of tensorflow/datasets (url_checksums/tf_flowers.txt) and of a meta-tensorflow recipe.
    url: 'https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz',
    archive: 'flower_photos.tgz',
    bytes: 228_813_984,
    sha256: '4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c',
    folder: 'flower_photos',
    layout: flowersLayout,
    licence: 'Photos are CC-BY 2.0 by the authors that LICENSE.txt names',
  },
}
