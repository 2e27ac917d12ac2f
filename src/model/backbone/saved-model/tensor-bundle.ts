// A checkpoint of TensorFlow 2 (variables/variables.index and .data-*): which tensor lies where, and its bytes.
// The index is a sorted table as LevelDB writes them: blocks of keys that share what the key before begins with.
// Source: tensorflow/core/protobuf/tensor_bundle.proto, leveldb doc/table_format.md.
import { readFile } from 'node:fs/promises'
import { uncompressSync } from 'snappy'
import { Reader } from 'protobufjs/minimal.js'
import { ModelError } from '../../../errors.ts'
import { ProtoMessage } from '../../proto-message.ts'

export interface BundleTensor {
  /** TensorFlow's DataType. */
  readonly dtype: number
  readonly shape: readonly number[]
  /** Little-endian. */
  readonly bytes: Buffer
  /** In which they lie. */
  readonly file: string
}

interface Block {
  readonly at: number
  readonly length: number
}

const footerLength = 48
const magic = [0x8b80fb57, 0xdb477524] as const

/**
 * Tensors of a checkpoint by key.
 * @param prefix the files' common path, 'FOLDER/variables/variables'.
 * @throws DDNN_MODEL_DAMAGED
 */
export async function readTensorBundle(prefix: string): Promise<ReadonlyMap<string, BundleTensor>> {
  const file = `${prefix}.index`
  const index = await read(file)
  const entries = damagedUnless(file, () => readTable(index))
  const header = new ProtoMessage(entries.get('') ?? Buffer.alloc(0))
  const shardCount = Math.max(1, header.int(1))
  const shards: { readonly file: string; readonly bytes: Buffer }[] = []
  for (let k = 0; k < shardCount; k++) {
    const number = (value: number) => String(value).padStart(5, '0')
    const shard = `${prefix}.data-${number(k)}-of-${number(shardCount)}`
    shards.push({ file: shard, bytes: await read(shard) })
  }
  const tensors = new Map<string, BundleTensor>()
  for (const [key, value] of entries) {
    if (key === '') continue
    const entry = new ProtoMessage(value)
    const { file: from, bytes } = shards[entry.int(3)] ?? { file, bytes: Buffer.alloc(0) }
    const [offset, size] = [entry.int(4), entry.int(5)]
    if (offset + size > bytes.length) {
      throw damaged(`${offset + size} bytes of variables in '${from}', got ${bytes.length}`)
    }
    tensors.set(key, {
      dtype: entry.int(1),
      shape: (entry.message(2)?.messages(2) ?? []).map((dim) => dim.int(1)),
      bytes: bytes.subarray(offset, offset + size),
      file: from,
    })
  }
  return tensors
}

async function read(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw damaged(`variables in '${file}', got no file`, cause)
  })
}

function damaged(what: string, cause?: unknown): ModelError {
  return new ModelError('DDNN_MODEL_DAMAGED', `Expected ${what}`, {
    cause,
    hint: 'Copy the whole folder again: saved_model.pb and variables/',
  })
}

function damagedUnless<T>(file: string, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause)
    throw damaged(`a table of variables in '${file}', got ${got}`, cause)
  }
}

function readTable(table: Buffer): ReadonlyMap<string, Buffer> {
  const at = table.length - footerLength
  if (at < 0) throw new RangeError(`${table.length} bytes`)
  const isTable = magic.every((word, i) => table.readUInt32LE(table.length - 8 + 4 * i) === word)
  if (!isTable) throw new RangeError('a file of another kind')
  const footer = new Reader(table.subarray(at))
  readHandle(footer) // of the meta index
  const values = new Map<string, Buffer>()
  for (const [, handle] of readBlock(table, readHandle(footer))) {
    for (const [key, value] of readBlock(table, readHandle(new Reader(handle)))) {
      values.set(key, value)
    }
  }
  return values
}

function readHandle(reader: Reader): Block {
  return { at: reader.uint32(), length: reader.uint32() }
}

/** Keys and values; after the block stand its kind of compression and a checksum. */
function* readBlock(table: Buffer, { at, length }: Block): Generator<readonly [string, Buffer]> {
  const stored = table.subarray(at, at + length)
  const block = table[at + length] === 1 ? Buffer.from(uncompressSync(stored)) : stored
  const restarts = block.readUInt32LE(block.length - 4)
  const end = block.length - 4 - 4 * restarts
  const reader = new Reader(block)
  let key = Buffer.alloc(0)
  while (reader.pos < end) {
    const [shared, own, size] = [reader.uint32(), reader.uint32(), reader.uint32()]
    const start = reader.pos
    key = Buffer.concat([key.subarray(0, shared), block.subarray(start, start + own)])
    yield [key.toString(), block.subarray(start + own, start + own + size)]
    reader.skip(own + size)
  }
}
