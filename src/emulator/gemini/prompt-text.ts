/** What a prompt asks for; the emulator's answers differ by it. */
export type PromptKind = 'explain' | 'hint' | 'tests' | 'refactor';

const keywords: ReadonlyArray<readonly [PromptKind, RegExp]> = [
  ['explain', /\bexplain|\bexplanation|\bwalk (?:me |them )?through\b/i],
  ['hint', /\bhints?\b|\bnudge\b/i],
  ['tests', /\btests?\b|\btest cases?\b/i],
  ['refactor', /\brefactor|\bclean(?:er| up)\b|\bimprove/i],
];

/** Text made comparable: line ends, spaces at line ends and blank space around it do not count. */
export function normalise(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t]+$/gm, '')
    .trim();
}

/**
 * The contents of the fenced blocks of a Markdown text. A fence of n backticks or tildes is closed by a
 * line of at least n of them alone (CommonMark), so that code which holds ``` survives a longer fence.
 */
export function fencedBlocks(text: string): string[] {
  return splitFences(text).blocks;
}

/** What is asked for by the words outside the fences: the keyword that stands first decides. */
export function promptKind(prompt: string): PromptKind {
  const outside = splitFences(prompt).outside;
  const found = keywords
    .map(([kind, pattern]) => ({ kind, at: outside.search(pattern) }))
    .filter(({ at }) => at >= 0)
    .sort((left, right) => left.at - right.at);
  return found[0]?.kind ?? 'explain';
}

function splitFences(text: string): { blocks: string[]; outside: string } {
  const blocks: string[] = [];
  const outside: string[] = [];
  let open: { fence: string; lines: string[] } | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (open === undefined) {
      const fence = /^ {0,3}(`{3,}|~{3,})[^`]*$/.exec(line)?.[1];
      if (fence === undefined) outside.push(line);
      else open = { fence, lines: [] };
    } else if (closes(line, open.fence)) {
      blocks.push(open.lines.join('\n'));
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) blocks.push(open.lines.join('\n'));
  return { blocks, outside: outside.join('\n') };
}

function closes(line: string, fence: string): boolean {
  const mark = line.trim();
  return mark.length >= fence.length && mark === fence.charAt(0).repeat(mark.length);
}
