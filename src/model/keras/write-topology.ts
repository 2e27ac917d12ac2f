// A network of layers as JSON in the form of Keras 2, which tfjs reads: every model a Functional one.
import type { LayerSpec, Network, TensorRef } from '../onnx/topology.ts'

/** `model_config` of a model.json. */
export function writeTopology(network: Network, name: string): Readonly<Record<string, unknown>> {
  return {
    class_name: 'Functional',
    config: {
      name,
      trainable: true,
      layers: [...network.layers.values()].map(writeLayer),
      input_layers: network.inputs.map(writeRef),
      output_layers: network.outputs.map(writeRef),
    },
  }
}

function writeLayer(layer: LayerSpec): Readonly<Record<string, unknown>> {
  const { name, className, config, calls, network } = layer
  const model =
    network === undefined
      ? { class_name: className, config: { ...said(config), name } }
      : writeTopology(network, name)
  return {
    ...model,
    name,
    inbound_nodes: calls.map(({ inputs, isTraining }) =>
      inputs.map((ref) => [...writeRef(ref), isTraining ? { training: true } : {}]),
    ),
  }
}

/** As JSON has it: tfjs' reader stumbles over settings that are undefined. */
function said(config: LayerSpec['config']): LayerSpec['config'] {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}

function writeRef({ layer, call, output }: TensorRef): readonly [string, number, number] {
  return [layer, call, output]
}
