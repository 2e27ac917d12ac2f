// Asks over HTTP: the door of another process, by the Open Inference Protocol (docs/http.md). The model's metadata
// tell size and labels; pixels travel by the binary extension, answers come as JSON.
import type { Uint8Tensor } from '../../../domain/tensor.ts'
import type { Asker } from '../classify.ts'
import { createHttp, type HttpOptions } from './http-call.ts'
import { readAnswer, readMetadata, writeQuestion } from './http-forms.ts'

export interface HttpAskerOptions extends HttpOptions {
  readonly modelName: string
  readonly threshold: number | undefined
  /** Whether the door is told of the time: it refuses more than it allows itself. */
  readonly isBudgetTold: boolean
}

/**
 * Asks the door who it is.
 * @throws DDNN_TRANSPORT_UNREACHABLE, DDNN_REPLY_FAILED, DDNN_CONFIG_INVALID where it takes no images
 */
export async function openHttpAsker(
  options: HttpAskerOptions,
  signal: AbortSignal,
): Promise<Asker> {
  const { modelName, threshold, timeoutMs, isBudgetTold } = options
  const http = createHttp(options)
  const path = `/v2/models/${encodeURIComponent(modelName)}`
  try {
    const { height, width, labels, orientation, input } = readMetadata(
      await http.call(path, signal),
    )
    const parameters = {
      ...(threshold === undefined ? {} : { threshold }),
      ...(isBudgetTold ? { budget_ms: timeoutMs } : {}),
    }
    return {
      height,
      width,
      labels,
      orientation,
      async ask(pixels: Uint8Tensor, ask) {
        const question = writeQuestion(input, pixels, parameters)
        return readAnswer(await http.call(`${path}/infer`, ask, question), labels)
      },
      close: () => http.close(),
    }
  } catch (thrown) {
    await http.close()
    throw thrown
  }
}
