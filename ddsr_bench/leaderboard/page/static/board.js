"use strict";
// Questions to the board: titles, rows of a standing, and why a number is not there.
(() => {
  const page = window.DdsrPage;
  const board = window.DDSR_BOARD || {};
  page.board = board;

  const simulated = () => (board.data || {}).score_origin === "simulated";
  const said = (text) => (/simulated/i.test(text) ? text : `${text} (simulated)`);
  const lookup = (table, key) => (Object.hasOwn(table || {}, key) ? table[key] : undefined);

  page.lookup = lookup;
  page.metric = (id) => lookup(board.metrics, id) || {};
  page.method = (id) => lookup(board.methods, id) || {};
  page.clip = (id) => (board.clips || []).find((clip) => clip.id === id);
  page.cell = (clip, method, metric) => lookup(lookup(lookup(board.cells, clip), method), metric);
  // Metrics in the order of the tracks, then those that are of none.
  page.inOrder = (ids) => {
    const known = (board.tracks || []).flatMap((track) => track.metrics || []);
    return [...new Set([...known.filter((id) => ids.includes(id)), ...ids])];
  };
  page.isNumber = (value) => typeof value === "number" && Number.isFinite(value);

  // Scores that no person gave carry the word wherever their name stands.
  page.metricTitle = (id) => {
    const title = page.metric(id).title || id;
    return page.metric(id).reference === "human" && simulated() ? said(title) : title;
  };
  page.trackTitle = (track) => {
    const title = track.title || track.id;
    return track.id === "human" && simulated() ? said(title) : title;
  };
  page.voteTitle = (votes) => (votes.origin === "simulated" ? said("Votes") : "Votes");
  page.methodTitle = (id) => {
    if (id === "lr") return "LR (input)";
    if (id === "hr") return "HR (reference)";
    return page.method(id).title || id;
  };
  page.isBetter = (metric, one, other) => (page.metric(metric).higher_is_better ? one > other : one < other);
  page.arrow = (metric) => (page.metric(metric).higher_is_better ? "↑" : "↓");
  page.direction = (metric) => (page.metric(metric).higher_is_better ? "higher is better" : "lower is better");

  const costRow = (method, cost) => ({ method, mean: cost.median, low: cost.low, high: cost.high, n: cost.n });
  const costRows = (metric) => {
    const rows = Object.entries(board.cost || {}).filter(([, costs]) => page.isNumber((lookup(costs, metric) || {}).median));
    const made = rows.map(([method, costs]) => costRow(method, costs[metric]));
    made.sort((one, other) => (page.isBetter(metric, one.mean, other.mean) ? -1 : 1));
    return made.map((row, place) => ({ ...row, rank: place + 1 }));
  };

  // Best first. Costs are medians with their spread, the other tracks' means with bootstrap intervals.
  page.rows = (track, metric) => {
    const standing = lookup(lookup(board.standings, track), metric);
    return standing && standing.length ? standing : track === "cost" ? costRows(metric) : [];
  };

  // A clip without a reference has no place for metrics that need one: nothing failed there.
  page.applies = (clip, metric) => page.metric(metric).reference !== "FR" || clip.has_reference;

  // Clips without a value for a method and metric, with the reason that was recorded.
  page.failures = (method, metric) =>
    (board.clips || []).flatMap((clip) => {
      if (!page.applies(clip, metric)) return [];
      const cell = page.cell(clip.id, method, metric);
      return cell && cell.reason ? [{ clip: clip.id, reason: cell.reason }] : [];
    });

  // Where a reason stands beside the method's name, it need not begin with it.
  page.bare = (method, reason) => (reason && reason.startsWith(`method '${method}': `) ? reason.slice(method.length + 11) : reason);

  page.reason = (method, metric) => {
    const card = page.method(method);
    const reason = page.bare(method, card.reason);
    if (reason) return card.status === "partly" ? `not ranked: ${reason}` : reason;
    const failed = page.failures(method, metric);
    return failed.length ? page.bare(method, failed[0].reason) : "not measured";
  };

  const writers = new Map();
  page.write = (metric, value) => {
    if (!writers.has(metric)) {
      const means = (board.tracks || []).flatMap((track) => page.rows(track.id, metric).map((row) => row.mean));
      writers.set(metric, page.writer(means, page.metric(metric).reference === "cost", page.metric(metric).unit));
    }
    const unit = page.metric(metric).reference === "cost" ? page.metric(metric).unit : "";
    return writers.get(metric)(value) + (unit ? ` ${unit}` : "");
  };

  // Too few sources give no interval, which is not the same as one without width.
  page.interval = (metric, row) => (page.isNumber(row.low) && page.isNumber(row.high) ? `${page.write(metric, row.low)} – ${page.write(metric, row.high)}` : "no interval");

  page.mediaUrl = (path) => path.split("/").map(encodeURIComponent).join("/");
  page.media = (clip, side) => {
    const media = (clip || {}).media || {};
    return (side === "lr" || side === "hr" ? media[side] : lookup(media.methods, side)) || null;
  };
})();
