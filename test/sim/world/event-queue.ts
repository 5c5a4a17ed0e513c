export type EventQueue<Event extends { atMs: number }> = {
  push(event: Event): void;
  /** The earliest; of equal times the one that was pushed first. */
  pop(): Event | undefined;
};

/** A binary heap by time and order of arrival. */
export function createEventQueue<Event extends { atMs: number }>(): EventQueue<Event> {
  type Entry = { event: Event; order: number };
  const heap: Entry[] = [];
  let pushed = 0;
  const isBefore = (a: Entry, b: Entry) =>
    a.event.atMs < b.event.atMs || (a.event.atMs === b.event.atMs && a.order < b.order);

  function sinkDown(entry: Entry): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
      if (!isBefore(heap[child]!, entry)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }

  return {
    push(event) {
      const entry = { event, order: pushed++ };
      let at = heap.length;
      heap.push(entry);
      for (let parent = (at - 1) >> 1; at > 0 && isBefore(entry, heap[parent]!); parent = (at - 1) >> 1) {
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = entry;
    },
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (first && last && heap.length > 0) sinkDown(last);
      return first?.event;
    },
  };
}
