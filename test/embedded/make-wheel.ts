import { crc32, deflateRawSync } from 'node:zlib';

export type WheelFile = { name: string; content: string; method: 'stored' | 'deflated' };

/** A wheel, that is a zip archive (PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.16), with these files. */
export function makeWheel(files: WheelFile[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const common = commonHeader(file);
    const body = Buffer.concat([bytes(0x04034b50, 4), common.fields, common.name, common.data]);
    const entry = [
      bytes(0x02014b50, 4),
      bytes(20, 2),
      common.fields,
      bytes(0, 10),
      bytes(offset, 4),
      common.name,
    ];
    bodies.push(body);
    directory.push(Buffer.concat(entry));
    offset += body.length;
  }
  const listing = Buffer.concat(directory);
  const counts = [bytes(files.length, 2), bytes(files.length, 2)];
  const end = [
    bytes(0x06054b50, 4),
    bytes(0, 4),
    ...counts,
    bytes(listing.length, 4),
    bytes(offset, 4),
    bytes(0, 2),
  ];
  return Buffer.concat([...bodies, listing, ...end]);
}

function commonHeader(file: WheelFile) {
  const content = Buffer.from(file.content);
  const data = file.method === 'stored' ? content : deflateRawSync(content);
  const name = Buffer.from(file.name);
  const method = bytes(file.method === 'stored' ? 0 : 8, 2);
  const sizes = [bytes(crc32(content), 4), bytes(data.length, 4), bytes(content.length, 4)];
  const fields = Buffer.concat([
    bytes(20, 2),
    bytes(0, 2),
    method,
    bytes(0, 4),
    ...sizes,
    bytes(name.length, 2),
    bytes(0, 2),
  ]);
  return { name, data, fields };
}

function bytes(value: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  if (value > 0) buffer.writeUIntLE(value, 0, Math.min(length, 4));
  return buffer;
}
