import { z } from 'zod';

/** The API from outside; an answer that is not what the demo needs is an error with its body. */
export interface Door {
  get: <T>(path: string, info: z.ZodType<T>) => Promise<T>;
  post: <T>(path: string, body: unknown, info: z.ZodType<T>) => Promise<T>;
}

export function openDoor({ baseUrl, token }: { baseUrl: string; token: string }): Door {
  const call = async <T>(path: string, info: z.ZodType<T>, init: RequestInit): Promise<T> => {
    const response = await fetch(`${baseUrl}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    const text = await response.text();
    const envelope = z.object({ ok: z.literal(true), info }).safeParse(JSON.parse(text));
    if (!envelope.success)
      throw new DemoError(`${init.method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return envelope.data.info;
  };
  return {
    get: (path, info) => call(path, info, { method: 'GET' }),
    post: (path, body, info) => call(path, info, { method: 'POST', body: JSON.stringify(body) }),
  };
}

/** A step that did not happen; its message alone is shown. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
