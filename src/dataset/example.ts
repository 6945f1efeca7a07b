/** A question as it was served and the answer that was liked. */
export interface Example {
  prompt: string;
  answer: string;
}

/**
 * One line of a training file, without its line end: one user and one model turn, as the answer was served.
 * A correction is not the answer that was liked, so it never takes its place.
 */
export function exampleLine({ prompt, answer }: Example): string {
  return JSON.stringify({
    contents: [
      { role: 'user', parts: [{ text: prompt }] },
      { role: 'model', parts: [{ text: answer }] },
    ],
  });
}
