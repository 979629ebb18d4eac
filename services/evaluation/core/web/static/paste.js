// Several lines pasted into one of a script: a line each, all of them or none. What is not taken stays on the clipboard.

export function linesOf(pasted) {
  return pasted.split(/\r\n|\r|\n/).map((line) => line.trim()).filter(Boolean);
}

// The lines from the one that was pasted into: what stood before the cursor leads the first piece, what stood after it ends
// the last. Empty lines at the end take no room.
export function spread(pieces, [own, ...after], start, end) {
  const lines = pieces.map((text) => ({ text, at: '', ids: [] }));
  lines[0] = { ...own, text: own.text.slice(0, start) + pieces[0] };
  lines.at(-1).text += own.text.slice(end);
  return [...lines, ...after.slice(0, after.findLastIndex(holds) + 1)];
}

export const holds = (line) => Boolean(line.text.trim() || line.ids.length);
