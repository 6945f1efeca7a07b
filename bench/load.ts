/** A call of either side's HTTP interface. */
export interface Call {
  url: string;
  /** Given: a POST of JSON; absent: a GET. */
  body?: object;
  headers?: Record<string, string>;
}

/** How it went as the caller sees it, in milliseconds from the sending on. */
export interface Exchange {
  firstMs: number;
  endMs: number;
  bytes: number;
  text: string;
}

/** @throws when the answer is a failure: a rate that counts failures means nothing. */
export async function send({ url, body, headers = {} }: Call): Promise<Exchange> {
  const begun = performance.now();
  const post = { method: 'POST', body: JSON.stringify(body) };
  const json = body ? { 'content-type': 'application/json' } : {};
  const response = await fetch(url, { headers: { ...json, ...headers }, ...(body ? post : {}) });
  let firstMs = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) {
    firstMs ||= performance.now() - begun;
    chunks.push(chunk);
  }
  const endMs = performance.now() - begun;
  const whole = Buffer.concat(chunks);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${whole.toString().slice(0, 300)}`);
  return { firstMs, endMs, bytes: whole.length, text: whole.toString() };
}

/** The same load for both sides: kept connections, `concurrency` calls under way until all are sent. */
export async function sendAll(calls: readonly Call[], concurrency: number) {
  const exchanges: Exchange[] = [];
  const open = calls.values();
  const begun = performance.now();
  const work = async () => {
    for (const call of open) exchanges.push(await send(call));
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { exchanges, perSecond: (calls.length * 1000) / (performance.now() - begun) };
}
