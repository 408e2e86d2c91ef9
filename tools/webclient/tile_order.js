// Which tiles are on the page. Pure: no DOM.

export function page_count(count, capacity) {
  return Math.max(1, Math.ceil(count / capacity));
}

// `tiles`: [{key, is_self, spoke_at_ms}] in order of joining. Who spoke lately comes to the first
// page, in place of those who were silent longest; everybody else keeps the place that eyes have
// learned.
export function order_tiles(tiles, capacity) {
  if (tiles.length <= capacity) return tiles;
  const by_recency = [...tiles].sort((a, b) => {
    if (a.is_self !== b.is_self) return a.is_self ? -1 : 1;
    return (b.spoke_at_ms ?? 0) - (a.spoke_at_ms ?? 0);
  });
  const chosen = new Set(by_recency.slice(0, capacity));
  return [
    ...tiles.filter((tile) => chosen.has(tile)),
    ...tiles.filter((tile) => !chosen.has(tile)),
  ];
}

export function tiles_of_page(tiles, capacity, page) {
  const ordered = order_tiles(tiles, capacity);
  const clamped = Math.min(page, page_count(ordered.length, capacity) - 1);
  return ordered.slice(clamped * capacity, (clamped + 1) * capacity);
}
