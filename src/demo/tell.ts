/** The demo's voice: one line a step, each with the seconds since the start. */
export interface Story {
  step: (text: string) => void;
  detail: (text: string) => void;
  table: (header: string[], rows: string[][]) => void;
}

export function tellStory(say: (line: string) => void, begunAt = Date.now()): Story {
  const clock = () => `${((Date.now() - begunAt) / 1000).toFixed(0).padStart(3)} s`;
  return {
    step: (text) => say(`${clock()}  ${text}`),
    detail: (text) => say(`         ${text}`),
    table: (header, rows) => {
      const widths = header.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
      );
      const line = (cells: string[]) =>
        `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
      say('');
      say(line(header));
      say(line(widths.map((width) => '─'.repeat(width))));
      for (const row of rows) say(line(row));
      say('');
    },
  };
}
