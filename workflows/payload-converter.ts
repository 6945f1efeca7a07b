import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import { unreadable } from '../src/platform/temporal/unreadable.ts';

/**
 * Reads whatever people and tools send. Temporal's own converter throws at an encoding that it doesn't know (the Web UI
 * offers `json/protobuf`), and a workflow that can't read a signal fails its task again and again, rollback included.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Payload): T {
    for (const reading of [payload, asJson(payload)]) {
      try {
        return defaultPayloadConverter.fromPayload<T>(reading);
      } catch {
        // The next reading, or none.
      }
    }
    const stand = unreadable(encodingOf(payload));
    return defaultPayloadConverter.fromPayload<T>(defaultPayloadConverter.toPayload(stand));
  },
};

function asJson(payload: Payload): Payload {
  return { ...payload, metadata: { ...payload.metadata, encoding: encode('json/plain') } };
}

function encodingOf({ metadata }: Payload): string {
  return metadata?.encoding ? decode(metadata.encoding) : '';
}
