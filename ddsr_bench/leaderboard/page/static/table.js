"use strict";
// A table that sorts by its headings. Rows without a value in the sorted column always come last.
(() => {
  const page = window.DdsrPage;
  const { el } = page;

  const compare = (column, sign) => (one, other) => {
    const [x, y] = [column.value(one), column.value(other)];
    const missing = (value) => value === null || value === undefined;
    if (missing(x) || missing(y)) return Number(missing(x)) - Number(missing(y));
    if (typeof x === "string") return sign * x.localeCompare(y, "en", { numeric: true });
    return sign * (x - y);
  };

  const classes = (column) => [column.numeric && "numeric", column.secondary && "secondary", column.kind].filter(Boolean).join(" ");

  const cells = (columns, row) => {
    if (!row.whole) return columns.map((column) => el(column.isHead ? "th" : "td", { class: classes(column), scope: column.isHead && "row" }, column.cell(row)));
    // A row that has one thing to say instead of numbers: beside its name, on a phone below it.
    const lead = columns.slice(0, columns.findIndex((column) => column.isHead));
    const name = columns[lead.length];
    const words = el("div", { class: "whole" }, el("div", {}, name.cell(row)), el("div", { class: "reason" }, row.whole));
    const rest = columns.length - lead.length;
    return [...cells(lead, { ...row, whole: null }), el("th", { class: classes(name), scope: "row", colspan: rest }, words)];
  };

  const heading = (column, sortBy) => {
    if (!column.value) return el("th", { class: classes(column), scope: "col" }, column.title);
    const mark = el("span", { class: "mark", "aria-hidden": "true" });
    const button = el("button", { type: "button", title: column.hint, onclick: () => sortBy(column) }, column.title, mark);
    return el("th", { class: classes(column), scope: "col", "data-column": column.id }, button);
  };

  page.table = ({ caption, columns, rows, sort }) => {
    const body = el("tbody");
    let current = null;
    const show = (column, down) => {
      current = { column, down };
      const sorted = [...rows].sort(compare(column, down ? -1 : 1));
      body.replaceChildren(...sorted.map((row) => el("tr", { class: row.class, "data-row": row.id }, cells(columns, row))));
      for (const th of head.children) {
        if (!th.dataset.column) continue;
        const on = th.dataset.column === column.id;
        if (on) th.setAttribute("aria-sort", down ? "descending" : "ascending");
        else th.removeAttribute("aria-sort");
      }
    };
    const sortBy = (column) => show(column, current && current.column === column ? !current.down : Boolean(column.bestIsHigh));
    const head = el("tr", {}, columns.map((column) => heading(column, sortBy)));
    const first = columns.find((column) => column.id === sort) || columns.find((column) => column.value);
    show(first, Boolean(first.bestIsHigh));
    return el("table", {}, el("caption", { class: "hidden" }, caption), el("thead", {}, head), body);
  };
})();
