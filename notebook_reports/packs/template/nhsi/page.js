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

  // On paper what is folded is open, whether a reader prints or a program asks for print style.
  const folded = all("details.appendix,details.kind");
  const unfold = () => { folded.forEach((part) => { part.open = true; }); };
  addEventListener("beforeprint", unfold);
  matchMedia("print").addEventListener("change", (print) => { if (print.matches) unfold(); });

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
  // Every word, in any order; a number from its first digit on.
  const plain = (text) => text.toLowerCase().replace(/['’]/g, "");
  const holds = (text, wanted) => plain(wanted).split(/\s+/).every((word) => (
    /^\d+$/.test(word) ? new RegExp(`(^|[^\\d.,])${word}`).test(text) : text.includes(word)));
  const finder = document.getElementById("find");
  all(".tabular table").forEach((table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.length < 3) return;
    all("thead th", table).forEach((head, column) => {
      if (rows.every((row) => row.cells[column].textContent === rows[0].cells[column].textContent)) return;
      const sort = make("button", { type: "button" });
      sort.append(...head.childNodes);
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
    if (rows.length < 12 || finder) return;
    const caption = table.caption.textContent;
    const line = make("div", { className: "find" });
    const label = make("label", { textContent: "Find in this table " });
    const input = make("input", { type: "search" });
    const count = make("span", { textContent: `${rows.length} rows` });
    input.setAttribute("aria-label", `Find in the table: ${caption}`);
    count.setAttribute("role", "status");
    label.append(input);
    line.append(label, count);
    table.closest(".scroll").before(line);
    input.addEventListener("input", () => {
      rows.forEach((row) => { row.hidden = !holds(plain(row.textContent), input.value.trim()); });
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = shown < rows.length
        ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
    });
  });

  // Searching a whole index: what is asked stands in the address, to be kept, sent and gone back to.
  if (finder) {
    const controls = all("input,select", finder);
    const reports = all("[data-of]").map((part) => {
      const of = JSON.parse(part.dataset.of);
      return { part, of, text: plain([part.textContent, ...Object.values(of)].join(" ")) };
    });
    const kinds = all("details.kind");
    let opened = null;
    const show = () => {
      const asked = controls.filter((control) => control.value.trim());
      reports.forEach(({ part, of, text }) => {
        part.hidden = !asked.every(({ name, value }) => (
          name === "find" ? holds(text, value.trim()) : of[name] === value));
      });
      const shown = (root) => all("[data-of]:not([hidden])", root).length;
      all("[data-part]").forEach((part) => { part.hidden = shown(part) === 0; });
      if (asked.length && !opened) opened = kinds.filter((kind) => kind.open);
      kinds.forEach((kind) => {
        const size = kind.querySelector("[data-size]");
        const n = shown(kind);
        const narrowed = n < all("[data-of]", kind).length;
        size.textContent = narrowed ? `${n} of ${size.dataset.size}` : size.dataset.size;
        all("summary .lim", kind).forEach((counts) => { counts.hidden = narrowed; });
        if (opened) kind.open = asked.length ? n > 0 : opened.includes(kind);
      });
      if (!asked.length) opened = null;
      finder.querySelector("[role=status]").textContent = asked.length
        ? `${shown(document)} of ${reports.length} reports` : `${reports.length} reports`;
    };
    const restore = () => {
      // A hash without "=" leads to a place on the page.
      if (location.hash && !location.hash.includes("=")) return;
      const address = new URLSearchParams(location.hash.slice(1));
      controls.forEach((control) => {
        control.value = address.get(control.name) || "";
        if (control.selectedIndex === -1) control.value = "";
      });
      show();
    };
    let typing = false;
    const keep = (event) => {
      show();
      const address = new URLSearchParams(controls.filter((control) => control.value.trim())
        .map(({ name, value }) => [name, value.trim()]));
      const typed = event.type === "input" && event.target.name === "find";
      // One step back for a search, not one for each letter of it.
      history[typed && typing ? "replaceState" : "pushState"](null, "", `#${address}`);
      typing = typed;
    };
    finder.addEventListener("input", keep);
    finder.addEventListener("change", () => { typing = false; });
    finder.querySelector("button").addEventListener("click", (event) => {
      controls.forEach((control) => { control.value = ""; });
      keep(event);
    });
    addEventListener("popstate", restore);
    addEventListener("hashchange", restore);
    finder.hidden = false;
    restore();
  }

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
