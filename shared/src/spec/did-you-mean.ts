/** Edits beyond a third of the word make another word of it, not a slip of the pen. */
const EDITS_PER_LETTERS = 3;
/** Longer words are not typed by hand; comparing them would only cost time. */
const WORD_LENGTH_MAX = 64;

/** The candidate that `word` was probably meant to be; case, `_` and `-` do not count. Undefined: none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > WORD_LENGTH_MAX) return undefined;
  const plain = (text: string) => text.toLowerCase().replace(/[_-]/g, '');
  const wanted = plain(word);
  if (wanted === '') return undefined;
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editDistance(wanted, plain(candidate));
    if (best === undefined || edits < best.edits) best = { candidate, edits };
  }
  if (best !== undefined && best.edits <= Math.max(1, Math.floor(wanted.length / EDITS_PER_LETTERS))) {
    return best.candidate;
  }
  return candidates.find((candidate) => wanted.length >= EDITS_PER_LETTERS && plain(candidate).startsWith(wanted));
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each one edit. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + cost);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        edits = Math.min(edits, beforeLast[column - 2]! + 1);
      }
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
