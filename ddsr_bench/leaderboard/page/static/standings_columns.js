"use strict";
// The columns of the standings: rank, method, the chosen metric with its interval as a bar, the others as numbers.
(() => {
  const page = window.DdsrPage;
  const { el, svg } = page;

  const percent = (part) => `${(100 * part).toFixed(2)}%`;

  const bar = (row, scale) => {
    const [low, mean, high] = [row.low, row.mean, row.high].map((value) => scale(value ?? row.mean));
    return svg(
      "svg",
      { class: "bar", "aria-hidden": "true" },
      svg("line", { class: "bar-base", x1: 0, x2: "100%", y1: "50%", y2: "50%" }),
      svg("rect", { class: "bar-interval", x: percent(low), width: percent(Math.max(0, high - low)), y: "25%", height: "50%", rx: 2 }),
      svg("line", { class: "bar-mean", x1: percent(mean), x2: percent(mean), y1: "8%", y2: "92%" }),
    );
  };

  // From values to 0..1 across the column; costs span decades, so theirs is a log axis.
  page.barScale = (rows, isLog) => {
    const ends = rows.flatMap((row) => [row.low, row.mean, row.high]).filter(page.isNumber);
    const [least, most] = [Math.min(...ends), Math.max(...ends)];
    const log = isLog && least > 0;
    const read = log ? Math.log : (value) => value;
    const [from, span] = [read(least), read(most) - read(least) || 1];
    return (value) => 0.02 + 0.96 * ((read(value) - from) / span);
  };

  const rank = { id: "rank", title: "Rank", numeric: true, kind: "rank", value: (row) => row.rank, cell: (row) => row.rank ?? "–" };

  const method = {
    id: "method", title: "Method", isHead: true, kind: "name",
    value: (row) => page.methodTitle(row.id),
    cell: (row) => [
      el("button", { type: "button", class: "link", "aria-haspopup": "dialog", onclick: () => page.set({ method: row.id }) }, page.methodTitle(row.id)),
      row.remark && el("small", { class: "reason" }, row.remark),
    ],
  };

  const noValue = (row, metric) => el("span", { class: "reason" }, page.reason(row.id, metric));

  // Equal widths of the numbers on both sides keep the bars of all rows on one axis.
  const widths = (metric, rows) => {
    const longest = (texts) => Math.max(1, ...texts.map((text) => text.length));
    const [mean, ends] = [longest(rows.map((row) => page.write(metric, row.mean))), longest(rows.map((row) => page.interval(metric, row)))];
    return `--mean: ${mean + 1}ch; --ends: ${ends + 1}ch`;
  };

  const chosen = (metric, scale, style) => ({
    id: metric, title: el("span", {}, page.metricTitle(metric), ` ${page.arrow(metric)}`), kind: "chosen",
    hint: page.direction(metric), bestIsHigh: page.metric(metric).higher_is_better,
    value: (row) => (row.of[metric] ? row.of[metric].mean : null),
    cell: (row) => {
      const own = row.of[metric];
      if (!own) return noValue(row, metric);
      return el("span", { class: "estimate", style }, el("b", {}, page.write(metric, own.mean)), bar(own, scale), el("small", {}, page.interval(metric, own)));
    },
  });

  const other = (metric, best) => ({
    id: metric, title: el("span", {}, page.metricTitle(metric), ` ${page.arrow(metric)}`), numeric: true, secondary: true,
    hint: page.direction(metric), bestIsHigh: page.metric(metric).higher_is_better,
    value: (row) => (row.of[metric] ? row.of[metric].mean : null),
    cell: (row) => {
      const own = row.of[metric];
      if (!own) return noValue(row, metric);
      return el(own.mean === best ? "b" : "span", { title: page.interval(metric, own) }, page.write(metric, own.mean));
    },
  });

  const group = { id: "group", title: "Group", kind: "group", hint: "the same letter: not distinguishable from the best of that letter", value: (row) => row.group || null, cell: (row) => row.group || "–" };
  const test = { id: "p", title: "p, next", numeric: true, secondary: true, hint: "paired test against the next method of the ranking", value: (row) => row.p ?? null, cell: (row) => page.pValue(row.p) || "–" };
  const count = (noun) => ({ id: "n", title: noun, numeric: true, secondary: true, value: (row) => row.n ?? null, cell: (row) => row.n ?? "–" });

  page.standingsColumns = (track, metric, rows, best) => {
    const isCost = track.id === "cost";
    const known = rows.map((row) => row.of[metric]).filter(Boolean);
    const scale = page.barScale(known, isCost);
    const others = (track.metrics || []).filter((id) => id !== metric).map((id) => other(id, best[id]));
    const speed = !isCost && page.metric("s-per-frame").title && rows.some((row) => row.of["s-per-frame"]) ? [other("s-per-frame", best["s-per-frame"])] : [];
    const tests = isCost ? [] : [group, test];
    return [rank, method, chosen(metric, scale, widths(metric, known)), ...tests, ...others, ...speed, count(isCost ? "Values" : "Clips")];
  };
})();
