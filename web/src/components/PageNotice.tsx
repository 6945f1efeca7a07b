/** Says, for as long as it is so, that no real model answers. */
export function PageNotice({ geminiBackend }: { geminiBackend: string | null }) {
  if (geminiBackend !== 'emulator') return null;
  return (
    <p className="page-notice">
      <strong>Gemini emulator.</strong> Known questions get stored reference answers, others a placeholder.
      Set <code>GEMINI_API_KEY</code> and start again for real ones.
    </p>
  );
}
