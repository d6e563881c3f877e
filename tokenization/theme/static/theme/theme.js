// Tables that a person can sort, narrow and take away. Without this script they are still complete tables.
"use strict";
(() => {
  const text = (cell) => (cell ? cell.textContent.trim() : "");
  const key = (row, index) => {
    const cell = row.cells[index];
    const raw = cell && cell.dataset.value !== undefined ? cell.dataset.value : text(cell).replace(/,/g, "");
    return /^-?\d+(\.\d+)?$/.test(raw) ? { number: Number(raw), raw } : { number: null, raw: raw.toLowerCase() };
  };
  const compare = (a, b) => {
    if (a.number !== null && b.number !== null) {
      if (!a.raw.includes(".") && !b.raw.includes(".")) {
        const x = BigInt(a.raw), y = BigInt(b.raw);
        return x < y ? -1 : x > y ? 1 : 0;
      }
      return a.number - b.number;
    }
    return a.raw < b.raw ? -1 : a.raw > b.raw ? 1 : 0;
  };
  // A spreadsheet runs a cell that begins with one of these; an apostrophe keeps it text.
  const safe = (value) => {
    const guarded = /^[=+@\t\r]/.test(value) || /^-(?![\d.,]+$)/.test(value) ? "'" + value : value;
    return '"' + guarded.replace(/"/g, '""') + '"';
  };
  const sortBy = (table, header, index) => {
    const up = header.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, index), row]);
    rows.sort((a, b) => (up ? compare(a[0], b[0]) : compare(b[0], a[0])));
    body.append(...rows.map((pair) => pair[1]));
  };
  const save = (table) => {
    const rows = [table.tHead.rows[0], ...[...table.tBodies[0].rows].filter((row) => !row.hidden)];
    const lines = rows.map((row) => [...row.cells].map((cell) => safe(cell.dataset.whole || text(cell))).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = (table.dataset.name || "table") + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const enhance = (table) => {
    [...table.tHead.rows[0].cells].forEach((header, index) => {
      if (!text(header)) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      header.replaceChildren(button);
      button.addEventListener("click", () => sortBy(table, header, index));
    });
    if (table.tBodies[0].rows.length < 4) return;
    // A translated page brings its words along.
    const said = document.body.dataset;
    const tools = document.createElement("div");
    tools.className = "tk-tools";
    const box = document.createElement("input");
    box.type = "search";
    box.placeholder = said.narrow || "Show only rows with…";
    box.setAttribute("aria-label", said.narrowLabel || "Show only rows that contain this text");
    const count = document.createElement("span");
    const say = () => {
      const wanted = box.value.trim().toLowerCase();
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      const all = table.tBodies[0].rows.length;
      count.textContent = (said.rows || "{shown} of {all} rows").replace("{shown}", shown).replace("{all}", all);
      count.setAttribute("role", "status");
    };
    box.addEventListener("input", say);
    const out = document.createElement("button");
    out.type = "button";
    out.className = "tk-button";
    out.textContent = said.save || "Save as CSV";
    out.addEventListener("click", () => save(table));
    tools.append(box, count, out);
    table.before(tools);
    say();
  };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("table[data-enhance]").forEach(enhance));
  // A busy browser may pass over the field that the server marked: the first at fault, or the first of the door.
  window.addEventListener("load", () => {
    if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
  });
  // In a hand a long page starts folded; without this script it is whole.
  document.addEventListener("DOMContentLoaded", () => {
    if (!window.matchMedia("(max-width: 40rem)").matches) return;
    document.querySelectorAll("details.tk-fold[open]").forEach((part) => part.removeAttribute("open"));
  });
})();
