"use strict";
// Means with their intervals, one line each, best at the top.
(() => {
  const page = window.DdsrPage;
  const { svg } = page;
  const LINE = 22;

  const line = (row, y, x, box) => [
    page.text(box.left - 8, y + 4, page.cut(row.title, box.letters), { "text-anchor": "end", class: "name" }),
    svg("line", { class: "whisker", x1: x(row.low ?? row.mean), x2: x(row.high ?? row.mean), y1: y, y2: y }),
    svg("circle", { class: "dot", cx: x(row.mean), cy: y, r: 4 }, svg("title", {}, `${row.title}: ${row.text}`)),
  ];

  // rows: {title, mean, low, high, text}; `reverse` puts the better, lower values on the right.
  page.drawMeans = (rows, label, { log = false, reverse = false } = {}) => (width) => {
    const longest = Math.max(...rows.map((row) => page.labelWidth(row.title)));
    const left = Math.min(longest + 14, width * 0.46);
    const box = { left, right: width - 12, top: 4, bottom: 4 + rows.length * LINE, letters: Math.floor((left - 14) / 7) };
    const ends = rows.flatMap((row) => [row.low, row.mean, row.high]).filter(page.isNumber);
    const pixels = reverse ? [box.right, box.left + 6] : [box.left + 6, box.right];
    const x = log && Math.min(...ends) > 0 ? page.log(ends, pixels) : page.linear(ends, pixels);
    const ticks = x.ticks(Math.max(2, Math.floor((box.right - box.left) / 55)));
    return page.canvas(
      width, box.bottom + 40, label,
      page.xAxis(x, ticks, box, page.tick),
      page.text((box.left + box.right) / 2, box.bottom + 34, label, { "text-anchor": "middle", class: "axis-title" }),
      rows.flatMap((row, place) => line(row, box.top + LINE * (place + 0.5), x, box)),
    );
  };
})();
