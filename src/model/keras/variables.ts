// Which weights a layer has, in the order in which Keras numbers them, and what tfjs calls them.
type Config = Readonly<Record<string, unknown>>

interface Variable {
  /** As Keras calls it: 'kernel'. */
  readonly name: string
  /** As tfjs does; undefined for one that is not needed in inference. */
  readonly target: string | undefined
}

/** undefined for classes that are not known: their weights keep their names. */
export function variablesOf(className: string, config: Config): readonly Variable[] | undefined {
  const has = (setting: string) => config[setting] !== false
  switch (className) {
    case 'Conv1D':
    case 'Conv2D':
    case 'Conv3D':
    case 'Conv2DTranspose':
    case 'Conv3DTranspose':
    case 'Dense':
      return same('kernel', ...(has('use_bias') ? ['bias'] : []))
    case 'DepthwiseConv2D':
      return [
        { name: 'kernel', target: 'depthwise_kernel' },
        ...same(...(has('use_bias') ? ['bias'] : [])),
      ]
    case 'SeparableConv2D':
    case 'SeparableConv1D':
      return same('depthwise_kernel', 'pointwise_kernel', ...(has('use_bias') ? ['bias'] : []))
    case 'BatchNormalization':
      return same(
        ...(has('scale') ? ['gamma'] : []),
        ...(has('center') ? ['beta'] : []),
        'moving_mean',
        'moving_variance',
      )
    case 'LayerNormalization':
      return same(...(has('scale') ? ['gamma'] : []), ...(has('center') ? ['beta'] : []))
    case 'Normalization':
      // Of one with its statistics in its settings there are none.
      return [
        { name: 'mean', target: 'moving_mean' },
        { name: 'variance', target: 'moving_variance' },
        { name: 'count', target: undefined },
      ]
    case 'LSTM':
    case 'GRU':
    case 'SimpleRNN':
      return same('kernel', 'recurrent_kernel', ...(has('use_bias') ? ['bias'] : []))
    case 'PReLU':
      return same('alpha')
    case 'Embedding':
      return same('embeddings')
    default:
      return undefined
  }
}

function same(...names: readonly string[]): readonly Variable[] {
  return names.map((name) => ({ name, target: name }))
}
