"use strict";
// Quality against cost. Up is better, left is cheaper; the front joins the methods that none beats in both.
(() => {
  const page = window.DdsrPage;
  const { svg } = page;
  const HEIGHT = 320;

  const overlaps = (one, other) => one.x0 < other.x1 && other.x0 < one.x1 && one.y0 < other.y1 && other.y0 < one.y1;

  const SHARES = { start: 0, middle: 0.5, end: 1 };
  const SPOTS = [[8, 4, "start"], [-8, 4, "end"], [4, -8, "start"], [0, -9, "middle"], [-4, -8, "end"], [0, 18, "middle"], [4, 17, "start"], [-4, 17, "end"]];
  // Labels of the front keep clear of its line, which leaves a point to the right.
  const FRONT_SPOTS = [[-2, -9, "start"], [0, -9, "middle"], [-4, -8, "end"], [8, 17, "start"], [0, 18, "middle"], [-4, 17, "end"], [0, -23, "middle"], [-4, -22, "end"], [0, 32, "middle"]];

  // The first spot around a point that is free and inside; none: the point's tooltip still names it.
  const place = (point, taken, box) => {
    const wide = page.labelWidth(point.title);
    for (const [dx, dy, anchor] of point.front ? FRONT_SPOTS : SPOTS) {
      const spot = { x: point.x + dx, y: point.y + dy, anchor };
      const x0 = spot.x - SHARES[anchor] * wide;
      const area = { x0, x1: x0 + wide, y0: spot.y - 11, y1: spot.y + 3 };
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
