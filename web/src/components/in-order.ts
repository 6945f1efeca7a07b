import { createElement, Fragment, type ReactNode } from 'react';

/**
 * Renders items whose place is their identity, as in a text that only grows. Handed over one by one, children
 * need no keys.
 */
export function inOrder<Item>(
  items: readonly Item[],
  render: (item: Item, index: number) => ReactNode,
): ReactNode {
  return createElement(Fragment, null, ...items.map(render));
}
