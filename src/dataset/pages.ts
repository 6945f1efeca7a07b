/** Reads at most `limit` rows whose id is above `afterId`, in the order of their ids. */
export type ReadPage<Row> = (page: { afterId: number; limit: number }) => Promise<Row[]>;

const FIRST_PAGE_ROWS = 100;
const MOST_ROWS = 2_000;
const SMALL_PAGE_CHARS = 1_000_000;
const LARGE_PAGE_CHARS = 8_000_000;

/**
 * Walks a table by key, a page at a time: no cursor and no transaction stay open while a slow reader takes
 * its time, and memory is bounded, because pages shrink where rows are large.
 */
export async function* pages<Row extends { id: number }>(
  read: ReadPage<Row>,
  charsOf: (row: Row) => number,
): AsyncGenerator<Row[]> {
  let limit = FIRST_PAGE_ROWS;
  let afterId = 0;
  for (;;) {
    const rows = await read({ afterId, limit });
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    if (rows.length < limit) return;
    afterId = last.id;
    limit = nextLimit(
      limit,
      rows.reduce((chars, row) => chars + charsOf(row), 0),
    );
  }
}

function nextLimit(limit: number, chars: number): number {
  if (chars > LARGE_PAGE_CHARS) return Math.max(1, Math.floor(limit / 2));
  return chars < SMALL_PAGE_CHARS ? Math.min(MOST_ROWS, limit * 2) : limit;
}
