interface ImportMetaEnv {
  /** Address of the Thumbwheel API, without a trailing slash; unset means the page's own origin. */
  readonly VITE_AI_BASE_URL?: string;
}

interface ImportMeta {
  readonly env: ImportMetaEnv;
}
