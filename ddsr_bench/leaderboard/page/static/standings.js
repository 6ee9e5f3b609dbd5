"use strict";
// The standings of one track: its tab, metric chooser, filter and table.
(() => {
  const page = window.DdsrPage;

  page.track = (id) => (page.board.tracks || []).find((track) => track.id === id);

  const remark = (method, metric) => {
    const failed = page.failures(method, metric);
    if (!failed.length) return null;
    return `${page.plural(failed.length, "clip")} without a value: ${failed[0].reason}`;
  };

  const row = (id, standings, metric) => {
    const of = {};
    for (const [name, rows] of standings) {
      const own = rows.find((one) => one.method === id);
      if (own) of[name] = own;
    }
    const own = of[metric] || {};
    // What did not run may still have its parameters counted.
    const hasResult = page.method(id).status !== "missing" && Object.keys(of).some((name) => name !== "s-per-frame");
    const known = Object.entries(of).map(([name, one]) => `${page.metricTitle(name)}: ${page.write(name, one.mean)}; `);
    return {
      id, of, hasResult, rank: own.rank, group: own.group, p: own.p_next, n: own.n,
      whole: hasResult ? null : known.join("") + page.reason(id, metric),
      remark: hasResult && own.method ? remark(id, metric) : null,
      class: hasResult ? null : "absent",
    };
  };

  const rowsOf = (track, metric) => {
    const metrics = new Set([...(track.metrics || []), metric]);
    const standings = [...metrics].map((id) => [id, page.rows(track.id, id)]);
    if (track.id !== "cost") standings.push(["s-per-frame", page.rows("cost", "s-per-frame")]);
    const best = Object.fromEntries(standings.map(([id, rows]) => [id, (rows[0] || {}).mean]));
    return { rows: Object.keys(page.board.methods || {}).map((id) => row(id, standings, metric)), best };
  };

  const legend = (track) => {
    if (track.id === "cost") return "The median of all frames or clips. Bar: from the lower to the upper quartile, on a logarithmic axis. Bold in the other columns: the best. Warm-up is not counted.";
    return "Bar: the 95 % bootstrap interval of the mean, by source. Bold in the other columns: the best. Methods of one letter are not distinguishable from the best of that letter. p: paired test against the next method of the ranking.";
  };

  const show = () => {
    const track = page.track(page.state.track);
    if (!track) return;
    const metric = page.state.metric;
    const { rows, best } = rowsOf(track, metric);
    const keep = page.methodFilter();
    const kept = rows.filter((one) => keep(one.id, one.hasResult));
    const caption = `${page.trackTitle(track)}: ${page.metricTitle(metric)}, ${page.direction(metric)}`;
    const columns = page.standingsColumns(track, metric, rows, best);
    const table = page.table({ caption, columns, rows: kept, sort: metric });
    page.byId("table").replaceChildren(kept.length ? table : page.el("p", { class: "note" }, "No method fits the filter."));
    page.byId("count").textContent = `${kept.length} of ${page.plural(rows.length, "method")}`;
    page.byId("table-note").textContent = legend(track);
  };

  const showTrack = () => {
    const track = page.track(page.state.track);
    page.markTab(track.id);
    page.byId("track-note").textContent = track.note || "";
    const items = (track.metrics || []).map((id) => ({ value: id, text: `${page.metricTitle(id)} ${page.arrow(id)}` }));
    page.options(page.byId("metric"), items, page.state.metric);
  };

  page.openTrack = (id, metric) => {
    const track = page.track(id) || (page.board.tracks || [])[0];
    if (!track) return;
    const known = (track.metrics || []).includes(metric);
    page.set({ track: track.id, metric: known ? metric : track.primary || (track.metrics || [])[0] });
  };

  page.startStandings = () => {
    const tracks = page.board.tracks || [];
    const items = tracks.map((track) => ({ id: track.id, title: page.trackTitle(track) }));
    page.markTab = page.tabs(page.byId("tabs"), page.byId("track"), items, (id) => page.openTrack(id));
    page.startFilter(show);
    page.byId("metric").addEventListener("change", (event) => page.set({ metric: event.target.value }));
    page.on(["track", "metric"], () => {
      showTrack();
      show();
    });
    if (!tracks.length) page.byId("table").replaceChildren(page.el("p", { class: "reason" }, "The board has no tracks."));
  };
})();
