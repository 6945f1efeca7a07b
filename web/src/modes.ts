import type { RequestType } from './api/ai.ts';

export type Mode = { type: RequestType; label: string; promise: string };

/** The four ways to ask, in the order they are offered. */
export const modes: readonly Mode[] = [
  { type: 'explain', label: 'Explain', promise: 'What the code does, step by step.' },
  { type: 'hint', label: 'Hint', promise: 'A push in the right direction, not the solution.' },
  { type: 'tests', label: 'Tests', promise: 'Test cases that a careful reviewer would ask for.' },
  { type: 'refactor_tips', label: 'Refactor', promise: 'What could be simpler, safer or clearer.' },
];

/** How much a hint gives away. */
export const hintLevels = [
  { level: 1, label: 'Small' },
  { level: 2, label: 'Medium' },
  { level: 3, label: 'Large' },
] as const;

/** Languages offered by name; any other is left to the model. */
export const languages = [
  { value: '', label: 'Not stated' },
  { value: 'python', label: 'Python' },
  { value: 'javascript', label: 'JavaScript' },
  { value: 'typescript', label: 'TypeScript' },
  { value: 'java', label: 'Java' },
  { value: 'cpp', label: 'C++' },
  { value: 'csharp', label: 'C#' },
  { value: 'go', label: 'Go' },
  { value: 'rust', label: 'Rust' },
  { value: 'php', label: 'PHP' },
  { value: 'scala', label: 'Scala' },
  { value: 'dart', label: 'Dart' },
  { value: 'lua', label: 'Lua' },
  { value: 'r', label: 'R' },
] as const;
