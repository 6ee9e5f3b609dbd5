"use strict";
// The drill-down of a clip: its curves with the player's frame, and every number or reason there is.
(() => {
  const page = window.DdsrPage;
  const { el } = page;

  const curvesOf = (clip) => page.lookup(page.board.curves, clip) || {};
  const metricsOf = (clip) => page.inOrder(Object.values(curvesOf(clip)).flatMap((curves) => Object.keys(curves)));
  const kind = (method) => (method === page.state.a ? "a" : method === page.state.b ? "b" : "rest");

  let metric = null;

  const showReadout = () => {
    const { clip, frame } = page.state;
    const parts = ["a", "b"].map((side) => {
      const value = ((page.lookup(curvesOf(clip), page.state[side]) || {})[metric] || [])[frame];
      const words = page.isNumber(value) ? page.write(metric, value) : "no value";
      return el("span", { class: `name-${side}` }, `${side.toUpperCase()} ${page.methodTitle(page.state[side])}: ${words}`);
    });
    page.byId("readout").replaceChildren(`Frame ${frame}. `, parts[0], ", ", parts[1], ". Click in the plot to go to a frame.");
  };

  const showCurves = () => {
    const clip = page.clip(page.state.clip);
    const known = clip ? metricsOf(clip.id) : [];
    if (!known.includes(metric)) metric = known.includes(page.state.metric) ? page.state.metric : known[0] || null;
    page.options(page.byId("curve-metric"), known.map((id) => ({ value: id, text: `${page.metricTitle(id)} ${page.arrow(id)}` })), metric);
    const own = Object.entries(clip ? curvesOf(clip.id) : {}).filter(([, curves]) => (curves[metric] || []).length);
    if (!own.length) {
      page.byId("curves").replaceChildren(el("p", { class: "note" }, "No metric was measured frame by frame on this clip."));
      page.byId("readout").replaceChildren();
      return;
    }
    const curves = own.map(([id, all]) => ({ title: page.methodTitle(id), values: all[metric], kind: kind(id) }));
    const label = `${page.metricTitle(metric)} ${page.arrow(metric)}`;
    const draw = page.drawCurves(curves, clip.frames, label, { seek: page.seek, frame: () => page.state.frame });
    page.byId("curves").replaceChildren(page.figure(label, "Blue: A. Orange: B. Grey: the other methods.", draw));
    showReadout();
  };

  const moveMarker = ({ frame }) => {
    const drawn = page.byId("curves").querySelector("svg");
    if (!drawn || !drawn.mark) return;
    drawn.mark(frame);
    showReadout();
  };

  const column = (id, clip, best) => ({
    id, title: el("span", {}, page.metricTitle(id), ` ${page.arrow(id)}`), numeric: true, hint: page.direction(id), bestIsHigh: page.metric(id).higher_is_better,
    value: (row) => (page.isNumber(page.cell(clip, row.id, id)) ? page.cell(clip, row.id, id) : null),
    cell: (row) => {
      const value = page.cell(clip, row.id, id);
      if (page.isNumber(value)) return el(value === best ? "b" : "span", {}, page.write(id, value));
      return el("span", { class: "reason" }, (value && value.reason) || page.method(row.id).reason || "not measured");
    },
  });

  const bestOf = (clip, methods, id) => {
    const values = methods.map((method) => page.cell(clip, method, id)).filter(page.isNumber);
    return values.reduce((best, value) => (best === undefined || page.isBetter(id, value, best) ? value : best), undefined);
  };

  const showCells = () => {
    const clip = page.state.clip;
    const cells = page.lookup(page.board.cells, clip) || {};
    const all = Object.keys(page.board.methods || {});
    // Why a method has nothing anywhere stands in the standings, once.
    const methods = all.filter((id) => page.method(id).status !== "missing");
    const metrics = page.inOrder(Object.values(cells).flatMap((of) => Object.keys(of)));
    const name = { id: "method", title: "Method", isHead: true, kind: "name", value: (row) => page.methodTitle(row.id), cell: (row) => el("span", { class: `name-${kind(row.id)}` }, page.methodTitle(row.id)) };
    const rows = methods.map((id) => {
      const has = metrics.some((metric) => page.isNumber(page.cell(clip, id, metric)));
      const failed = Object.values(cells[id] || {}).find((cell) => cell && cell.reason);
      return { id, whole: has ? null : page.bare(id, (failed && failed.reason) || page.method(id).reason) || "not measured" };
    });
    const columns = [name, ...metrics.map((id) => column(id, clip, bestOf(clip, methods, id)))];
    const absent = all.length - methods.length;
    const note = absent ? el("p", { class: "note" }, `Without results on any clip: ${page.plural(absent, "method")}; the standings say why.`) : "";
    page.byId("cells").replaceChildren(page.table({ caption: `Results on ${clip}`, columns, rows, sort: metrics.includes(page.state.metric) ? page.state.metric : "method" }), note);
  };

  page.startCurves = () => {
    page.byId("curve-metric").addEventListener("change", (event) => {
      metric = event.target.value;
      showCurves();
    });
    page.on(["clip", "a", "b"], showCurves);
    page.on(["clip", "a", "b", "metric"], showCells);
    page.on(["frame"], moveMarker);
  };
})();
