"use strict";
// Which figures a track has, and what they are called.
(() => {
  const page = window.DdsrPage;

  const means = (track, metric) => {
    const isCost = track.id === "cost";
    const rows = page.rows(track.id, metric).map((row) => ({ ...row, title: page.methodTitle(row.method), text: page.write(metric, row.mean) }));
    if (!rows.length) return null;
    const title = page.metricTitle(metric);
    const reverse = !page.metric(metric).higher_is_better;
    const unit = isCost && page.metric(metric).unit ? `, ${page.metric(metric).unit}` : "";
    const label = `${title}${unit} ${page.arrow(metric)}${isCost ? " (log)" : ""}`;
    const caption = isCost ? "Medians and quartiles." : "Means over clips with 95 % bootstrap intervals by source.";
    return page.figure(`${title} by method`, `${caption} Right is better.`, page.drawMeans(rows, label, { log: isCost, reverse }));
  };

  const pareto = (track) => {
    const plan = page.lookup(page.board.pareto, track.id);
    if (!plan) return null;
    const costs = new Map(page.rows("cost", plan.cost).map((row) => [row.method, row.mean]));
    const points = page.rows(track.id, plan.quality).filter((row) => costs.get(row.method) > 0).map((row) => {
      const [title, cost] = [page.methodTitle(row.method), costs.get(row.method)];
      const text = `${title}: ${page.write(plan.quality, row.mean)}, ${page.write(plan.cost, cost)}`;
      return { title, text, cost, quality: row.mean, front: (plan.front || []).includes(row.method) };
    });
    if (points.length < 2) return null;
    const caption = "Up is better, left is cheaper. The line joins the methods that no other beats in both.";
    return page.figure("Quality and cost", caption, page.drawPareto(points, plan.quality, plan.cost));
  };

  const agreement = (track) => {
    const found = page.lookup(page.board.agreement, track.id);
    if (!found || (found.metrics || []).length < 2) return null;
    const caption = "Rank correlation of the methods' order between metrics. Pale or orange squares: the ranking depends on the choice of metric.";
    return page.figure("Do the metrics agree?", caption, page.drawAgreement(found));
  };

  const votes = (track) => {
    const found = track.id === "human" ? page.board.votes : null;
    if (!found || !(found.strengths || []).length) return null;
    const rows = found.strengths.map((row) => ({ ...row, mean: row.strength, title: page.methodTitle(row.method), text: row.strength.toFixed(3) }));
    rows.sort((one, other) => other.mean - one.mean);
    const title = `${page.voteTitle(found)}: ${found.method} strengths`;
    return page.figure(title, `From ${page.plural(found.pairs, "pair")}. Right is better.`, page.drawMeans(rows, `strength ↑${found.origin === "simulated" ? " (simulated)" : ""}`));
  };

  page.startPlots = () => {
    page.on(["track", "metric"], ({ track: id, metric }) => {
      const track = page.track(id);
      const figures = [means(track, metric), pareto(track), agreement(track), votes(track)];
      page.byId("plots").replaceChildren(...figures.filter(Boolean));
    });
  };
})();
