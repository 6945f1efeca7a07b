import type { KnownQuestion } from './known-questions.ts';
import { normalise, type PromptKind } from './prompt-text.ts';

const sourceNames: Readonly<Record<string, string>> = {
  humaneval: 'HumanEval',
  'humaneval-x': 'HumanEval-X',
  mbpp: 'MBPP',
  'exercism-typescript': 'Exercism',
  quixbugs: 'QuixBugs',
  'gilded-rose': 'the Gilded Rose kata',
  'realhumaneval-tasks': 'RealHumanEval',
};

/** A short Markdown answer that holds the row's own reference text, with its source and licence. */
export function referenceAnswer(row: KnownQuestion, kind: PromptKind): string {
  const source = sourceNames[row.source] ?? row.source;
  return `${bodies[kind](row)}\n\n*Reference answer of ${source} (${row.licence}), given by Thumbwheel's Gemini emulator.*`;
}

const bodies: Readonly<Record<PromptKind, (row: KnownQuestion) => string>> = {
  explain: (row) =>
    `${taskParagraph(row)}${changeParagraph(row)}**A reference solution:**\n\n${fenced(row.language, fullSolution(row))}`,
  hint: (row) => changeParagraph(row).trim() || hintParagraph(row),
  tests: (row) =>
    row.tests === null
      ? `The data set holds no reference tests for this one. Test the behaviour of this reference:\n\n${fenced(row.language, fullSolution(row))}`
      : `**Reference tests:**\n\n${fenced(row.language, row.tests)}`,
  refactor: (row) =>
    `Keep the behaviour, and compare with this reference:\n\n${fenced(row.language, fullSolution(row))}`,
};

function taskParagraph(row: KnownQuestion): string {
  const task = taskText(row);
  if (task === '') return '';
  // Sessions of an interpreter and tables would be read as Markdown's own marks.
  return task.includes('\n')
    ? `**What it is for:**\n\n${fenced('text', task)}\n\n`
    : `**What it is for:** ${task}\n\n`;
}

function hintParagraph(row: KnownQuestion): string {
  const sentence = firstSentence(taskText(row));
  return sentence === ''
    ? `Read this reference line by line beside your own:\n\n${fenced(row.language, fullSolution(row))}`
    : `**Start from what the task asks for:** ${sentence}`;
}

/** For a program with one wrong line: that line beside the right one. */
function changeParagraph(row: KnownQuestion): string {
  if (row.buggy !== true || row.solution === null) return '';
  const { wrong, right } = changedLines(row.code, row.solution);
  if (wrong === '' && right === '') return '';
  const before = wrong === '' ? 'A line is missing.' : `Look at this line:\n\n${fenced(row.language, wrong)}`;
  const after =
    right === '' ? 'It should not be there.' : `It should read:\n\n${fenced(row.language, right)}`;
  return `${before}\n\n${after}\n\n`;
}

/** The lines that only one of two programs has (longest common subsequence); layout and comments do not count. */
export function changedLines(code: string, solution: string): { wrong: string; right: string } {
  const left = significantLines(code);
  const right = significantLines(solution);
  const common = commonLengths(left, right);
  const wrong: string[] = [];
  const correct: string[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      i += 1;
      j += 1;
    } else if ((common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0)) {
      wrong.push(...left.slice(i, i + 1));
      i += 1;
    } else {
      correct.push(...right.slice(j, j + 1));
      j += 1;
    }
  }
  wrong.push(...left.slice(i));
  correct.push(...right.slice(j));
  return { wrong: wrong.join('\n'), right: correct.join('\n') };
}

/** Entry [i][j]: how many lines left.slice(i) and right.slice(j) have in common, in order. */
function commonLengths(left: readonly string[], right: readonly string[]): number[][] {
  const lengths = left.map(() => Array<number>(right.length + 1).fill(0));
  lengths.push(Array<number>(right.length + 1).fill(0));
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row === undefined) continue;
      row[j] =
        left[i] === right[j]
          ? (lengths[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(lengths[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

function significantLines(code: string): string[] {
  return normalise(code.replace(/^[ \t]*"""[\s\S]*?"""/gm, '').replace(/\/\*[\s\S]*?\*\//g, ''))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(package|import|#|\/\/)/.test(line));
}

/** The row's question, its description, or the first comment of its code, whichever says the task. */
function taskText(row: KnownQuestion): string {
  const described = row.buggy === true ? withoutCommentMarks(row.description ?? '') : row.question;
  const text = described === '' ? withoutCommentMarks(firstComment(row.code)) : described;
  return normalise(text.replace(/^#+ .*$/gm, '')).replace(/^[ \t]+/gm, '');
}

function firstComment(code: string): string {
  const block = /\/\*([\s\S]*?)\*\//.exec(code)?.[1];
  if (block !== undefined) return block;
  return (/(?:^[ \t]*\/\/.*\n?)+/m.exec(code)?.[0] ?? '').replace(/^[ \t]*\/\/+/gm, '');
}

function withoutCommentMarks(text: string): string {
  return text
    .replace(/^[ \t]*\*+[ \t]?/gm, '')
    .replace(/^\s*@\w+.*$/gm, '')
    .trim();
}

function firstSentence(text: string): string {
  return (/^[\s\S]*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text).replace(/\s+/g, ' ').trim();
}

/** Some references are only the body that completes the stub; the whole program reads better. */
function fullSolution(row: KnownQuestion): string {
  if (row.solution === null) return row.code;
  return row.code.trimEnd().endsWith(row.solution.trimEnd()) ? row.code : row.solution;
}

function fenced(language: string, code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code.replace(/^\n+|\s+$/g, '')}\n${fence}`;
}
