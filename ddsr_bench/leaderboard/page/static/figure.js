"use strict";
// A figure: drawn anew for the width it gets, so that its type keeps one size on every screen.
(() => {
  const page = window.DdsrPage;
  const { el, svg } = page;

  page.figure = (title, caption, draw) => {
    const place = el("div", { class: "plot" });
    let width = 0;
    const watcher = new ResizeObserver(([entry]) => {
      const now = Math.floor(entry.contentRect.width);
      if (!now || now === width) return;
      width = now;
      // Next frame: drawing changes the height, which must not fall into the same round of observation.
      window.requestAnimationFrame(() => place.replaceChildren(draw(width)));
    });
    watcher.observe(place);
    return el("figure", {}, el("h3", {}, title), place, el("figcaption", {}, caption));
  };

  page.canvas = (width, height, label, ...children) =>
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, children);

  page.text = (x, y, words, attributes) => svg("text", { x, y, ...attributes }, words);

  // Ticks of an axis along the bottom (`x`) and, with grid lines, along the left side (`y`).
  page.xAxis = (scale, ticks, box, write) =>
    ticks.flatMap((tick) => [
      svg("line", { class: "grid", x1: scale(tick), x2: scale(tick), y1: box.top, y2: box.bottom }),
      page.text(scale(tick), box.bottom + 16, write(tick), { "text-anchor": "middle" }),
    ]);
  page.yAxis = (scale, ticks, box, write) =>
    ticks.flatMap((tick) => [
      svg("line", { class: "grid", x1: box.left, x2: box.right, y1: scale(tick), y2: scale(tick) }),
      page.text(box.left - 6, scale(tick) + 4, write(tick), { "text-anchor": "end" }),
    ]);

  page.tick = (value) => String(Number(value.toPrecision(6))).replace("-", "\u2212");

  // About how wide a label of the plots' type is, for placing without measuring.
  page.labelWidth = (words) => 7 * words.length;
  page.cut = (words, length) => (words.length > length ? `${words.slice(0, length - 1)}…` : words);
})();
