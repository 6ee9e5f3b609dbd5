"use strict";
// Quality against cost. Up is better, left is cheaper; the front joins the methods that none beats in both.
(() => {
  const page = window.DdsrPage;
  const { svg } = page;
  const HEIGHT = 320;

  const overlaps = (one, other) => one.x0 < other.x1 && other.x0 < one.x1 && one.y0 < other.y1 && other.y0 < one.y1;

  // Four places around a point; the first that is free and inside, else none: the point's tooltip still names it.
  const place = (point, taken, box) => {
    const wide = page.labelWidth(point.title);
    const spots = [
      { x: point.x + 9, y: point.y + 4, anchor: "start", x0: point.x + 7 },
      { x: point.x - 9, y: point.y + 4, anchor: "end", x0: point.x - 9 - wide },
      { x: point.x, y: point.y - 9, anchor: "middle", x0: point.x - wide / 2 },
      { x: point.x, y: point.y + 18, anchor: "middle", x0: point.x - wide / 2 },
    ];
    for (const spot of spots) {
      const area = { x0: spot.x0, x1: spot.x0 + wide, y0: spot.y - 11, y1: spot.y + 3 };
      const inside = area.x0 >= box.left && area.x1 <= box.right + 8 && area.y0 >= box.top - 6 && area.y1 <= box.bottom;
      if (!inside || taken.some((other) => overlaps(area, other))) continue;
      taken.push(area);
      return page.text(spot.x, spot.y, point.title, { "text-anchor": spot.anchor, class: point.front ? "name front" : "name" });
    }
    return null;
  };

  const steps = (points) => points.map((point, k) => (k ? `H${point.x}V${point.y}` : `M${point.x},${point.y}`)).join("");

  const mark = (point) =>
    svg("circle", { class: point.front ? "dot front" : "dot", cx: point.x, cy: point.y, r: point.front ? 5 : 4 }, svg("title", {}, point.text));

  // points: {title, quality, cost, front, text}
  page.drawPareto = (points, quality, cost) => (width) => {
    const box = { left: 52, right: width - 14, top: 12, bottom: HEIGHT - 44 };
    const higher = page.metric(quality).higher_is_better;
    const x = page.log(points.map((point) => point.cost), [box.left, box.right]);
    const y = page.linear(points.map((point) => point.quality), higher ? [box.bottom, box.top] : [box.top, box.bottom], 0.1);
    const placed = points.map((point) => ({ ...point, x: x(point.cost), y: y(point.quality) }));
    const front = placed.filter((point) => point.front).sort((one, other) => one.x - other.x);
    const taken = placed.map((point) => ({ x0: point.x - 5, x1: point.x + 5, y0: point.y - 5, y1: point.y + 5 }));
    const unit = page.metric(cost).unit ? `, ${page.metric(cost).unit}` : "";
    const title = `${page.metricTitle(quality)} ${page.arrow(quality)}`;
    return page.canvas(
      width, HEIGHT, `${title} against ${page.metricTitle(cost)}. On the front: ${front.map((point) => point.title).join(", ")}`,
      page.xAxis(x, x.ticks(Math.floor((box.right - box.left) / 60)), box, page.tick),
      page.yAxis(y, y.ticks(5), box, page.tick),
      page.text((box.left + box.right) / 2, HEIGHT - 8, `${page.metricTitle(cost)}${unit} ↓ (log)`, { "text-anchor": "middle", class: "axis-title" }),
      page.text(12, (box.top + box.bottom) / 2, title, { "text-anchor": "middle", class: "axis-title", transform: `rotate(-90 12 ${(box.top + box.bottom) / 2})` }),
      front.length > 1 ? svg("path", { class: "front-line", d: steps(front) }) : null,
      placed.map(mark),
      [...front, ...placed.filter((point) => !point.front)].map((point) => place(point, taken, box)),
    );
  };
})();
