import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const END_SIZE = 22;
const DIRECTORY_ENTRY = 0x02014b50;
const ENTRY_SIZE = 46;
const STORED = 0;

/**
 * The content of the one file in a wheel whose path ends with `suffix`. A wheel is a zip archive
 * (PKWARE APPNOTE 4.3.12 and 4.3.16); its hash was compared before, so that it is taken as well formed.
 * Throws where no such file is in it.
 */
export function fileInWheel(wheel: Buffer, suffix: string): Buffer {
  const end = wheel.lastIndexOf(uint32(END_OF_DIRECTORY));
  if (end < 0 || end + END_SIZE > wheel.length) throw new Error('Not a wheel: no zip directory in it.');
  let at = wheel.readUInt32LE(end + 16);
  while (at < end && wheel.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const nameLength = wheel.readUInt16LE(at + 28);
    const name = wheel.toString('utf8', at + ENTRY_SIZE, at + ENTRY_SIZE + nameLength);
    if (name.endsWith(suffix)) return contentAt(wheel, at);
    at += ENTRY_SIZE + nameLength + wheel.readUInt16LE(at + 30) + wheel.readUInt16LE(at + 32);
  }
  throw new Error(`No ${suffix} in the wheel.`);
}

function contentAt(wheel: Buffer, entry: number): Buffer {
  const method = wheel.readUInt16LE(entry + 10);
  const size = wheel.readUInt32LE(entry + 20);
  const header = wheel.readUInt32LE(entry + 42);
  const start = header + 30 + wheel.readUInt16LE(header + 26) + wheel.readUInt16LE(header + 28);
  const data = wheel.subarray(start, start + size);
  return method === STORED ? data : inflateRawSync(data);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
