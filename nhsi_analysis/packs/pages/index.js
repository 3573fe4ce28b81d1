"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    return cell.classList.contains("number") ? null : cell.textContent.trim();
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows];
      rows.sort((a, b) => {
        const [x, y] = [key(a, column), key(b, column)];
        // Reports without the number stay last whichever way it is sorted.
        if (x === null || y === null) return (x === null) - (y === null);
        const order = typeof x === "number" ? x - y : x.localeCompare(y, "en-GB", { numeric: true });
        return down ? -order : order;
      });
      body.append(...rows);
    });
  });
}
for (const filters of document.querySelectorAll(".filters")) {
  const rows = [...document.getElementById(filters.dataset.table).tBodies[0].rows];
  const search = filters.querySelector("input");
  const selects = [...filters.querySelectorAll("select")];
  const apply = () => {
    let shown = 0;
    for (const row of rows) {
      const facets = [...row.querySelectorAll("td[data-facet]")].map((cell) => cell.textContent);
      const visible =
        row.cells[0].textContent.toLowerCase().includes(search.value.trim().toLowerCase()) &&
        selects.every((select, n) => !select.value || facets[n] === select.value);
      row.hidden = !visible;
      shown += visible;
    }
    filters.querySelector(".shown").textContent = `${shown} of ${rows.length} reports`;
  };
  search.addEventListener("input", apply);
  selects.forEach((select) => select.addEventListener("change", apply));
}
