/** Absolute or same-origin address of an API path such as `/readyz`. */
export function apiUrl(path: string): string {
  return `${(import.meta.env.VITE_AI_BASE_URL ?? '').replace(/\/+$/, '')}${path}`;
}
