import { StorageFault } from '../wire/errors.ts';

export interface MultipartUpload {
  readonly metadata: unknown;
  /** Content type of the second part, if it names one. */
  readonly contentType: string | undefined;
  readonly content: AsyncIterable<Buffer>;
}

/** Headers and metadata must fit in this. */
const largestHead = 1024 * 1024;

/**
 * Reads Cloud Storage's `multipart/related` upload: JSON metadata, then the bytes, which are handed on as
 * they come. Throws StorageFault 400 for anything else.
 */
export async function readMultipart(
  stream: AsyncIterable<Buffer>,
  contentTypeHeader: string,
): Promise<MultipartUpload> {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentTypeHeader)?.[1];
  if (boundary === undefined) throw malformed('Missing multipart boundary.');
  const chunks = stream[Symbol.asyncIterator]();
  const { head, rest } = await readHead(chunks, boundary);
  return {
    metadata: parseMetadata(head.metadata),
    contentType: /^content-type:[ \t]*(.+)$/im.exec(head.headers)?.[1]?.trim(),
    content: untilClosing(rest, chunks, Buffer.from(`\r\n--${boundary}--`)),
  };
}

async function readHead(
  chunks: AsyncIterator<Buffer>,
  boundary: string,
): Promise<{ head: { metadata: string; headers: string }; rest: Buffer }> {
  const pattern = new RegExp(
    `^(?:\\r\\n)*--${quoted(boundary)}\\r\\n[^]*?\\r\\n\\r\\n([^]*?)\\r\\n--${quoted(boundary)}\\r\\n([^]*?)\\r\\n\\r\\n`,
  );
  let read = Buffer.alloc(0);
  while (read.length <= largestHead) {
    // latin1 keeps one character a byte, so that lengths of text and bytes agree.
    const match = pattern.exec(read.toString('latin1'));
    if (match !== null) {
      const metadata = Buffer.from(match[1] ?? '', 'latin1').toString('utf8');
      return { head: { metadata, headers: match[2] ?? '' }, rest: read.subarray(match[0].length) };
    }
    const next = await chunks.next();
    if (next.done === true) break;
    read = Buffer.concat([read, next.value]);
  }
  throw malformed('Malformed multipart body.');
}

/** All bytes up to the closing boundary, which must be there: without it the upload was cut off. */
async function* untilClosing(
  first: Buffer,
  chunks: AsyncIterator<Buffer>,
  closing: Buffer,
): AsyncGenerator<Buffer> {
  const held = closing.length + 2;
  let tail = first;
  while (true) {
    if (tail.length > held) {
      yield tail.subarray(0, tail.length - held);
      tail = tail.subarray(tail.length - held);
    }
    const next = await chunks.next();
    if (next.done === true) break;
    tail = Buffer.concat([tail, next.value]);
  }
  const end = tail.lastIndexOf(closing);
  if (end < 0) throw malformed('Multipart body ends without its closing boundary.');
  if (end > 0) yield tail.subarray(0, end);
}

function parseMetadata(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('Metadata part is not JSON.');
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function malformed(message: string): StorageFault {
  return new StorageFault(400, 'parseError', message);
}
