// Conveniences only: without this script every number, figure and table is still there.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  // One switch for all code.
  const button = document.getElementById("all-code");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(open));
      button.textContent = open ? "Hide all code" : "Show all code";
      all("details.code").forEach((part) => { part.open = open; });
    });
  }

  // On paper the appendix is open, whether a reader prints or a program asks for the print style.
  const appendix = document.querySelector("details.appendix");
  if (appendix) {
    const unfold = () => { appendix.open = true; };
    addEventListener("beforeprint", unfold);
    matchMedia("print").addEventListener("change", (print) => { if (print.matches) unfold(); });
  }

  // Contents that follow the reader; closed at first where they would push the finding down.
  const contents = document.querySelector("nav.toc details");
  if (contents) {
    if (!matchMedia("(min-width:62rem)").matches) contents.open = false;
    const links = all("nav.toc a");
    const targets = links.map((link) => document.getElementById(link.hash.slice(1)));
    const follow = () => {
      let current = 0;
      targets.forEach((target, i) => {
        if (i && target && target.getBoundingClientRect().top < innerHeight * 0.3) current = i;
      });
      if (innerHeight + scrollY >= document.documentElement.scrollHeight - 2) current = links.length - 1;
      links.forEach((link, i) => {
        if (i === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; follow(); });
    }, { passive: true });
  }

  // Sorting and searching of tables.
  const number = (text) => {
    const found = text.replaceAll("−", "-").replace(/[£,]/g, "").match(/^\s*-?\d+(\.\d+)?/);
    return found ? Number(found[0]) : NaN;
  };
  const value = (cell) => {
    const given = cell.dataset.v;
    if (given === undefined) {
      const n = number(cell.textContent);
      return cell.classList.contains("n") ? n : cell.textContent.trim();
    }
    return given !== "" && !Number.isNaN(Number(given)) ? Number(given) : given;
  };
  const missing = (v) => v === "" || Number.isNaN(v) || v === "not available";
  const compare = (a, b, sign) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b), "en-GB", { numeric: true });
  };
  all(".tabular table").forEach((table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.length < 3) return;
    all("thead th", table).forEach((head, column) => {
      const words = head.textContent;
      const sort = make("button", { type: "button", textContent: words });
      head.textContent = "";
      head.append(sort);
      sort.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const sign = up ? 1 : -1;
        rows.slice().sort((a, b) => compare(value(a.cells[column]), value(b.cells[column]), sign))
          .forEach((row) => body.append(row));
      });
    });
    if (rows.length < 12) return;
    const caption = table.caption.textContent;
    const line = make("div", { className: "find" });
    const label = make("label", { textContent: "Find in this table " });
    const input = make("input", { type: "search" });
    const count = make("span", { textContent: `${rows.length} rows` });
    input.setAttribute("aria-label", `Find in the table: ${caption}`);
    count.setAttribute("role", "status");
    label.append(input);
    // The columns after the first that say what kind a row is, as many as the table names.
    const choices = all("thead th", table).slice(1, 1 + Number(table.dataset.filters || 0))
      .map((head, i) => {
        const choice = make("select", {});
        const found = new Set(rows.map((row) => row.cells[i + 1].textContent.trim()));
        choice.append(make("option", { value: "", textContent: "all" }));
        [...found].sort().forEach((text) => choice.append(make("option", { textContent: text })));
        const named = make("label", { textContent: `${head.textContent} ` });
        named.append(choice);
        line.append(named);
        return choice;
      });
    line.prepend(label);
    line.append(count);
    table.closest(".scroll").before(line);
    const show = () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      rows.forEach((row) => {
        row.hidden = !row.textContent.toLowerCase().includes(wanted)
          || choices.some((c, i) => c.value && c.value !== row.cells[i + 1].textContent.trim());
        shown += row.hidden ? 0 : 1;
      });
      count.textContent = shown < rows.length
        ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
    };
    [input, ...choices].forEach((control) => control.addEventListener("input", show));
  });

  // Charts keep their own colours in high-contrast modes: on white they have contrast enough.
  all(".plot svg").forEach((svg) => svg.style.setProperty("forced-color-adjust", "none"));

  // A figure as a file, made from the picture for wide pages, in its own colours.
  const save = (blob, name) => {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const picture = (svg) => {
    const copy = svg.cloneNode(true);
    copy.removeAttribute("style");
    const plain = new XMLSerializer().serializeToString(copy).replace(/var\(--[\w-]+, ?(#\w+)\)/g, "$1");
    return new Blob([plain], { type: "image/svg+xml" });
  };
  all("figure[id^=fig-]").forEach((figure) => {
    const svg = figure.querySelector(".wide svg");
    const list = figure.querySelector(".get");
    if (!svg || !list) return;
    const name = figure.id.slice(4);
    const title = figure.querySelector("h2,h3,h4,h5,h6").textContent;
    const offer = (kind, action) => {
      const choice = make("button", { type: "button", textContent: `Figure (${kind})` });
      choice.append(make("span", { className: "hide", textContent: `: ${title}` }));
      choice.addEventListener("click", action);
      const item = make("li", {});
      item.append(choice);
      list.append(item);
    };
    offer("SVG", () => save(picture(svg), `${name}.svg`));
    offer("PNG", () => {
      const image = new Image();
      const url = URL.createObjectURL(picture(svg));
      image.addEventListener("load", () => {
        const box = svg.viewBox.baseVal;
        const canvas = make("canvas", { width: box.width * 3, height: box.height * 3 });
        const paper = canvas.getContext("2d");
        paper.fillStyle = "#fff";
        paper.fillRect(0, 0, canvas.width, canvas.height);
        paper.drawImage(image, 0, 0, canvas.width, canvas.height);
        URL.revokeObjectURL(url);
        canvas.toBlob((blob) => save(blob, `${name}.png`));
      });
      image.src = url;
    });
  });
})();
