"use strict";
// A metric over the frames of a clip; A and B stand out, the other methods are context.
(() => {
  const page = window.DdsrPage;
  const { svg } = page;
  const HEIGHT = 240;

  const path = (values, x, y) => values.map((value, k) => `${k ? "L" : "M"}${x(k).toFixed(1)},${y(value).toFixed(1)}`).join("");

  const line = (curve, x, y) =>
    curve.values.length > 1
      ? svg("path", { class: `curve ${curve.kind}`, d: path(curve.values, x, y) }, svg("title", {}, curve.title))
      : svg("circle", { class: `curve ${curve.kind}`, cx: x(0), cy: y(curve.values[0]), r: 3 });

  // curves: {title, values, kind: "a" | "b" | "rest"}. The figure's `.mark(frame)` moves the line of the current frame.
  page.drawCurves = (curves, frames, label, { seek, frame }) => (width) => {
    const box = { left: 52, right: width - 12, top: 8, bottom: HEIGHT - 40 };
    const last = Math.max(1, frames - 1);
    const x = page.linear([0, last], [box.left, box.right], 0.01);
    const y = page.linear(curves.flatMap((curve) => curve.values), [box.bottom, box.top]);
    const order = ["rest", "b", "a"];
    const sorted = [...curves].sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
    const marker = svg("line", { class: "marker", y1: box.top, y2: box.bottom });
    const move = (number) => {
      marker.setAttribute("x1", x(number));
      marker.setAttribute("x2", x(number));
    };
    move(frame());
    const ticks = x.ticks(Math.floor((box.right - box.left) / 60)).filter((tick) => Number.isInteger(tick) && tick >= 0 && tick <= last);
    const drawn = page.canvas(
      width, HEIGHT, `${label} over the frames`,
      page.xAxis(x, ticks, box, page.tick),
      page.yAxis(y, y.ticks(4), box, page.tick),
      page.text((box.left + box.right) / 2, HEIGHT - 6, "frame", { "text-anchor": "middle", class: "axis-title" }),
      sorted.map((curve) => line(curve, x, y)),
      marker,
    );
    const toPointer = (event) => {
      const from = drawn.getBoundingClientRect().left;
      seek(Math.round((last * (event.clientX - from - x(0))) / (x(last) - x(0))));
    };
    drawn.addEventListener("pointerdown", (event) => {
      drawn.setPointerCapture(event.pointerId);
      toPointer(event);
    });
    drawn.addEventListener("pointermove", (event) => drawn.hasPointerCapture(event.pointerId) && toPointer(event));
    return Object.assign(drawn, { mark: move });
  };
})();
