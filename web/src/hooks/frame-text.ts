/** Gathers streamed text and shows it at most once per animation frame; a hidden tab, which gets no frames, at once. */
export function createFrameText(show: (text: string) => void): {
  append: (piece: string) => void;
  flush: () => void;
} {
  let text = '';
  let frame = 0;

  function flush(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    if (text) show(text);
  }

  function append(piece: string): void {
    text += piece;
    if (document.hidden) flush();
    else if (!frame) frame = requestAnimationFrame(flush);
  }

  return { append, flush };
}
