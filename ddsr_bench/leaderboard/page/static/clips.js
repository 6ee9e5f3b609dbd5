"use strict";
// All clips, with A, B and their difference in the chosen metric: sorted by it, the clips worth watching come first.
(() => {
  const page = window.DdsrPage;
  const { el } = page;

  const value = (row, side) => {
    const cell = page.cell(row.id, page.state[side], page.state.metric);
    return page.isNumber(cell) ? cell : null;
  };

  const words = (row, side) => {
    const own = value(row, side);
    if (own !== null) return page.write(page.state.metric, own);
    const cell = page.cell(row.id, page.state[side], page.state.metric);
    return el("span", { class: "reason" }, (cell && cell.reason) || page.method(page.state[side]).reason || "no score");
  };

  const difference = (row) => {
    const [a, b] = [value(row, "a"), value(row, "b")];
    return a === null || b === null ? null : b - a;
  };

  const differenceCell = (row) => {
    const found = difference(row);
    if (found === null) return "–";
    const side = found === 0 ? "rest" : page.isBetter(page.state.metric, found, 0) ? "b" : "a";
    return el("span", { class: `name-${side}` }, page.signed(page.write(page.state.metric, found)));
  };

  const open = (id) => {
    page.set({ clip: id, frame: 0 });
    page.byId("compare").scrollIntoView();
  };

  const score = (side) => ({ id: side, title: `${side.toUpperCase()} ${page.methodTitle(page.state[side])}`, numeric: true, value: (row) => value(row, side), cell: (row) => words(row, side) });

  const columns = () => [
    { id: "clip", title: "Clip", isHead: true, kind: "name", value: (row) => row.id, cell: (row) => el("button", { type: "button", class: "link", "aria-current": row.id === page.state.clip ? "true" : null, onclick: () => open(row.id) }, row.id) },
    score("a"),
    score("b"),
    { id: "difference", title: "B − A", numeric: true, bestIsHigh: true, value: difference, cell: differenceCell },
    { id: "source", title: "Source", secondary: true, value: (row) => row.source, cell: (row) => row.source },
    { id: "size", title: "Size", numeric: true, secondary: true, value: (row) => row.width * row.height, cell: (row) => `${row.width} × ${row.height}` },
    { id: "frames", title: "Frames", numeric: true, secondary: true, value: (row) => row.frames, cell: (row) => row.frames },
    { id: "tags", title: "Tags", secondary: true, value: (row) => (row.tags || []).join(", "), cell: (row) => (row.tags || []).join(", ") || "–" },
  ];

  const show = () => {
    const all = page.board.clips || [];
    const asked = page.byId("clip-filter").value;
    const rows = all.filter((clip) => page.matches([clip.id, clip.source, clip.group, ...(clip.tags || [])], asked));
    const table = page.table({ caption: `Clips: ${page.metricTitle(page.state.metric || "")} of A and B`, columns: columns(), rows, sort: "clip" });
    page.byId("clips").replaceChildren(rows.length ? table : el("p", { class: "note" }, "No clip fits the filter."));
    page.byId("clip-count").textContent = `${rows.length} of ${page.plural(all.length, "clip")}; ${page.metricTitle(page.state.metric || "")}`;
  };

  page.startClips = () => {
    page.byId("clip-filter").addEventListener("input", show);
    page.on(["clip", "a", "b", "metric"], show);
  };
})();
