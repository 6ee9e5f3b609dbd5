"use strict";
// The head and foot of the page: what was compared, under which rules, where and how.
(() => {
  const page = window.DdsrPage;
  const { el } = page;

  const pair = (name, value) => [el("dt", {}, name), el("dd", {}, value)];
  const words = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? "none"));
  const named = (key) => key.replaceAll("_", " ");

  const startHead = () => {
    const data = page.board.data || {};
    const methods = Object.values(page.board.methods || {});
    const ran = methods.filter((card) => card.status === "ran" || card.status === "partly").length;
    page.byId("summary").textContent = `${data.name || "Unnamed data"}: ${page.plural(data.clips ?? 0, "clip")} of ${page.plural(data.sources ?? 0, "source")}, ${ran} of ${page.plural(methods.length, "method")} with results, ${page.day(page.board.made)}`;
    const origin = page.byId("origin");
    origin.hidden = data.score_origin !== "simulated";
    origin.textContent = "Human scores on this page are simulated: a model of a panel gave them, not people.";
  };

  const metricRows = () => Object.keys(page.board.metrics || {}).map((id) => ({ id, ...page.metric(id) }));
  const plain = (id, title) => ({ id, title, value: (row) => words(row[id] ?? ""), cell: (row) => words(row[id] ?? "–") });
  const metricColumns = () => [
    { id: "title", title: "Metric", isHead: true, kind: "name", value: (row) => page.metricTitle(row.id), cell: (row) => page.metricTitle(row.id) },
    plain("reference", "Reference"),
    { id: "better", title: "Better", value: (row) => page.direction(row.id), cell: (row) => page.direction(row.id) },
    plain("plane", "Plane"),
    { id: "range", title: "Range", value: (row) => words(row.range || ""), cell: (row) => (row.range ? row.range.map((end) => words(end ?? "∞")).join(" – ") : "open") },
    plain("source", "Source"),
    plain("note", "Note"),
  ];

  page.startFoot = () => {
    startHead();
    const board = page.board;
    page.byId("rules").replaceChildren(...(board.rules || []).flatMap((rule) => pair(rule.name, rule.text)));
    page.byId("machine").replaceChildren(...Object.entries(board.machine || {}).flatMap(([key, value]) => pair(named(key), words(value))));
    const made = [["made", page.day(board.made)], ["version", `ddsr-bench ${board.version || ""}`], ["data", words((board.data || {}).name)], ["scores", words((board.data || {}).score_origin)], ["schema", words(board.schema_version)], ...((board.data || {}).notes || []).map((note) => ["left out", note])];
    page.byId("provenance").replaceChildren(...made.flatMap(([key, value]) => pair(key, value)));
    page.byId("command").textContent = board.command || "";
    page.byId("metrics").replaceChildren(page.table({ caption: "Metrics", columns: metricColumns(), rows: metricRows(), sort: "title" }));
  };
})();
