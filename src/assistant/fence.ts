/**
 * A Markdown fence round text that may hold fences itself: longer than any run of backticks inside, so that
 * nothing in it can end it (CommonMark 4.5). `info` is named behind the opening fence where it is a plain word.
 */
export function fenced(content: string, info: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const word = info.trim().toLowerCase().replaceAll(/\s+/g, '-');
  const opening = /^[\w+#.-]{1,40}$/.test(word) ? `${fence}${word}` : fence;
  return `${opening}\n${content.replace(/(\r\n|\r|\n)$/, '')}\n${fence}`;
}
