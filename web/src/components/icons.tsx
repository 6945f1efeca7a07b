import type { ReactNode } from 'react';

export const ThumbUpIcon = () => <Icon>{thumb}</Icon>;

export const ThumbDownIcon = () => (
  <Icon>
    <g transform="rotate(180 12 12)">{thumb}</g>
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="8.5" y="8.5" width="11" height="12" rx="2" />
    <path d="M15.5 5.500v-.5a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v8.500a2 2 0 0 0 2 2" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.5 4.5 4.500L19 7.5" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M4 12h15M13 5.500l6.5 6.5-6.5 6.5" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <rect x="6.5" y="6.5" width="11" height="11" rx="1.5" />
  </Icon>
);

const thumb = (
  <path d="M7.5 11v9H4a.5.5 0 0 1-.5-.5v-8A.5.5 0 0 1 4 11zl4-8c1.6 0 2.7 1.2 2.7 2.700V9h4.500c1.4 0 2.4 1.3 2 2.600l-1.9 6.900a2 2 0 0 1-2 1.500H7.5" />
);

/** Decoration beside a written name: hidden from screen readers, coloured by the text. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}
