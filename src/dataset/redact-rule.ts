/** One kind of text that must not leave the database. */
export interface RedactionRule {
  /**
   * One of these must occur in the text, in lower case, or else the expression is not tried: most texts are
   * spared most of the work.
   */
  hints: readonly string[] | RegExp;
  /** Global; what its group `before` matches stays. All repetitions are bounded, so that time stays linear. */
  find: RegExp;
  /** The part of the match, from its start, that is really meant; undefined: nothing is. */
  pick?: (value: string) => string | undefined;
  placeholder: string;
}
