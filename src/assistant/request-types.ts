import { explainPrompt, hintPrompt, type PromptBuilder, refactorTipsPrompt, testsPrompt } from './prompt.ts';

/** All that makes a request type: adding one is adding an entry here. */
export interface RequestTypeEntry {
  /** The route's last part. */
  path: string;
  /** Further spellings of it. */
  aliases?: readonly string[];
  /** Kept with every answer; goes up with each change of the wording. */
  promptVersion: string;
  buildPrompt: PromptBuilder;
  /** For the API's pages. */
  summary: string;
  example: { code: string; language: string; question?: string; level?: number };
}

/** The four things one can ask for, by the name that is stored with an answer. */
export const REQUEST_TYPES = {
  explain: {
    path: 'explain',
    promptVersion: 'explain-1',
    buildPrompt: explainPrompt,
    summary: 'Explain code',
    example: {
      language: 'Python',
      code: 'def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)',
      question: 'Why does this get so slow?',
    },
  },
  hint: {
    path: 'hint',
    promptVersion: 'hint-1',
    buildPrompt: hintPrompt,
    summary: 'Give a hint, not the solution',
    example: {
      language: 'JavaScript',
      code: 'function twoSum(nums, target) {\n  for (const a of nums) for (const b of nums) if (a + b === target) return [a, b];\n}',
      question: 'Return the indices of the two numbers that add up to target.',
      level: 2,
    },
  },
  tests: {
    path: 'tests',
    promptVersion: 'tests-1',
    buildPrompt: testsPrompt,
    summary: 'Write tests for code',
    example: {
      language: 'Go',
      code: 'func Reverse(s string) string {\n\tr := []rune(s)\n\tslices.Reverse(r)\n\treturn string(r)\n}',
    },
  },
  refactor_tips: {
    path: 'refactor-tips',
    aliases: ['refactor_tips'],
    promptVersion: 'refactor_tips-1',
    buildPrompt: refactorTipsPrompt,
    summary: 'Give tips on refactoring',
    example: {
      language: 'Java',
      code: 'boolean isEven(int n) {\n  if (n % 2 == 0) { return true; } else { return false; }\n}',
    },
  },
} as const satisfies Record<string, RequestTypeEntry>;

export type RequestType = keyof typeof REQUEST_TYPES;

export function isRequestType(word: string): word is RequestType {
  return Object.hasOwn(REQUEST_TYPES, word);
}
