// One unit, such as a trust, found in every figure and row of the page that holds it.
(() => {
  "use strict";
  // Without a prototype nothing has a code such as "constructor" that it wasn't given.
  const bare = (_, value) => (value instanceof Object && !Array.isArray(value) ? Object.setPrototypeOf(value, null) : value);
  const told = JSON.parse(document.getElementById("find-unit-data").textContent, bare);
  const noun = told.kinds.join(" or ");
  const set = (part, attributes) => {
    Object.entries(attributes).forEach(([name, value]) => part.setAttribute(name, value));
    return part;
  };
  const make = (tag, attributes, ...children) => {
    const made = set(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };
  const numbered = (selector) => [...document.querySelectorAll(selector)].map((part, i) => ({ part, number: i + 1 }));
  const figures = numbered("main figure[id^=fig-]").filter(({ part }) => part.id.slice(4) in told.figures)
    .map((figure) => ({ ...figure, ...told.figures[figure.part.id.slice(4)] }));
  const tables = numbered("main .tabular[id^=tab-]");
  let chosen = "";

  // What a reader types, without what spellings differ by.
  const fold = (text) => text.normalize("NFD").toLowerCase().replace(/[\u0300-\u036f'’.]/g, "")
    .replace(/&/g, " and ").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const units = Object.entries(told.names).map(([code, names]) => ({
    code, name: names[0], label: names[0] === code ? code : `${names[0]} (${code})`, text: ` ${fold([code, ...names].join(" "))}`,
  })).sort((a, b) => a.name.localeCompare(b.name, "en-GB", { numeric: true }));
  const labels = new Map(units.map(({ code, label }) => [code, label]));
  const find = (query) => {
    const words = fold(query).split(" ");
    const by = (start) => units.filter((unit) => words.every((word) => unit.text.includes(start + word)));
    const begun = by(" ");
    return begun.length ? begun : by("");
  };

  // The field.
  const list = make("ul", { id: "find-unit-list", role: "listbox", "aria-label": "Matches" });
  const input = make("input", {
    id: "find-unit", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: "Name or code",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  });
  const count = make("p", { "aria-hidden": "true" });
  const drop = make("div", { class: "drop", hidden: "" }, count, list);
  const heard = make("span", { class: "hide", role: "status" });
  const clear = make("button", { type: "button", hidden: "" }, "Clear");
  const where = make("p", { class: "unit-found", role: "status" });
  document.querySelector(".bar").append(
    make("div", { class: "find-unit", role: "search" }, make("label", { for: input.id }, `Find your ${noun}`), input, clear, drop, heard),
    where,
  );
  let shown = [];
  let active = -1;
  const point = (at) => {
    active = at;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  };
  const close = () => {
    drop.hidden = true;
    input.setAttribute("aria-expanded", "false");
    point(-1);
  };
  const open = () => {
    shown = find(input.value);
    list.replaceChildren(...shown.map((unit, i) => {
      const option = make("li", { id: `find-unit-${i}`, role: "option" }, unit.label);
      option.addEventListener("click", () => choose(unit.code));
      return option;
    }));
    const few = ["No", "1"][shown.length];
    count.textContent = few ? `${few} ${noun} matches` : `${shown.length} ${told.kinds.map((kind) => `${kind}s`).join(" or ")} match`;
    heard.textContent = count.textContent;
    list.hidden = !shown.length;
    drop.hidden = false;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    point(-1);
  };
  input.addEventListener("input", () => { if (input.value.trim()) open(); else close(); });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    close();
    if (chosen) input.value = labels.get(chosen);
  });
  // An option keeps the field's focus while it is pressed.
  drop.addEventListener("pointerdown", (event) => event.preventDefault());
  drop.addEventListener("mousedown", (event) => event.preventDefault());
  const keys = {
    ArrowDown: () => (active + 1) % shown.length,
    ArrowUp: () => (active < 1 ? shown.length : active) - 1,
    Home: () => 0,
    End: () => shown.length - 1,
  };
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (key === "Escape") {
      if (drop.hidden) input.value = "";
      close();
    } else if (key === "Enter") {
      if (drop.hidden) open();
      const exact = shown.findIndex(({ code }) => fold(code) === fold(input.value));
      const at = active < 0 && shown.length === 1 ? 0 : active < 0 ? exact : active;
      if (at >= 0) choose(shown[at].code);
      else if (shown.length) point(0);
    } else if (key.startsWith("Arrow") ? key in keys : key in keys && active >= 0) {
      if (drop.hidden) open();
      if (shown.length) point(keys[key]());
    } else return;
    event.preventDefault();
  });

  // Marks in a drawing, in the units of its view box.
  const shape = (tag, attributes) => set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
  const INK = { fill: "none", stroke: "#1b1f23", "stroke-width": 2.5, class: "ring" };
  const HALO = { fill: "none", stroke: "#fff", "stroke-width": 6.5, class: "halo" };
  const around = ([x, y, x2 = x, y2 = y], pad = 8) => ({
    x: Math.min(x, x2) - pad, y: Math.min(y, y2) - pad, r: Math.max(x, x2) + pad, b: Math.max(y, y2) + pad,
  });
  const common = (a, b) => Math.max(0, Math.min(a.r, b.r) - Math.max(a.x, b.x))
    * Math.max(0, Math.min(a.b, b.b) - Math.max(a.y, b.y));
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const ring = (place, view) => {
    const [, , x2, y2] = place;
    const cell = Math.min(Math.abs(place[0] - x2), Math.abs(place[1] - y2)) > 12;
    const box = around(place, place.length < 4 ? 7 : cell ? 1 : 4);
    const [x, y] = [Math.max(box.x, 2), Math.max(box.y, 2)];
    const [width, height] = [Math.min(box.r, view.width - 2) - x, Math.min(box.b, view.height - 2) - y];
    const made = (look) => shape("rect", { x, y, width, height, rx: place.length < 4 ? 7 : 3, ...look });
    return [made(HALO), made(INK)];
  };
  const pen = document.createElement("canvas").getContext("2d");
  const wrapped = (text, most) => {
    pen.font = "bold 13px Arial, Helvetica, 'Liberation Sans', sans-serif";
    const lines = [""];
    text.split(" ").forEach((word) => {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (pen.measureText(longer).width <= most || !lines.at(-1)) lines[lines.length - 1] = longer;
      else lines.push(word);
    });
    return { lines, width: Math.max(...lines.map((line) => pen.measureText(line).width)) + 14, height: 16 * lines.length + 6 };
  };
  const texts = (svg) => {
    const frame = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / frame.width;
    return [...svg.querySelectorAll("text")].map((text) => text.getBoundingClientRect()).filter((box) => box.width)
      .map((box) => ({
        x: (box.x - frame.x) * scale - 3, y: (box.y - frame.y) * scale, r: (box.right - frame.x) * scale + 3, b: (box.bottom - frame.y) * scale,
      }));
  };
  const WORD = 300;
  const nearest = (mark, box) => ({ x: clamp((box.x + box.r) / 2, mark.x, mark.r), y: clamp((box.y + box.b) / 2, mark.y, mark.b) });
  const line = ({ x, y }, box) => ({ x1: x, y1: y, x2: clamp(x, box.x, box.r), y2: clamp(y, box.y, box.b) });
  // Where a label hides least: not its own mark, no words, few other units; and not far off.
  const free = (size, own, words, others, view) => {
    const tries = [];
    const mark = own[0];
    const middle = { x: (mark.x + mark.r) / 2, y: (mark.y + mark.b) / 2 };
    const across = [mark.x - size.width, mark.x, middle.x - size.width / 2, mark.r - size.width, mark.r];
    const down = [mark.y - size.height, mark.y, middle.y - size.height / 2, mark.b - size.height, mark.b];
    [6, 18, 36, 60, 90].forEach((far) => across.forEach((x, i) => down.forEach((y, j) => tries.push([x + (i - 2) * far / 2, y + (j - 2) * far / 2]))));
    for (let i = 0; i <= 12; i += 1) for (let j = 0; j <= 12; j += 1) tries.push([(i / 12) * view.width, (j / 12) * view.height]);
    const cost = (box) => {
      const hides = (over, parts, weight) => parts.reduce((sum, part) => sum + (common(over, part) ? weight : 0), 0);
      const { x1, y1, x2, y2 } = line(nearest(mark, box), box);
      return hides(box, own, 1000) + hides(box, words, WORD) + hides(box, others, 5)
        + hides(around([x1, y1, x2, y2], 1), words, WORD / 2) + Math.hypot(x2 - x1, y2 - y1);
    };
    let best = null;
    tries.forEach(([left, top]) => {
      const x = clamp(left, 4, view.width - size.width - 4);
      const y = clamp(top, 4, view.height - size.height - 4);
      const box = { x, y, r: x + size.width, b: y + size.height };
      const is = cost(box);
      if (!best || is < best.is) best = { ...box, is };
    });
    return best;
  };
  const unlabel = (svg) => {
    svg.querySelector(".mark")?.remove();
    if (svg.dataset.view) svg.setAttribute("viewBox", svg.dataset.view);
  };
  const mark = (svg, places, unit) => {
    unlabel(svg);
    const own = places?.[unit.code];
    if (!own) return;
    const view = svg.viewBox.baseVal;
    const boxes = own.map((place) => around(place));
    const others = Object.keys(places).filter((code) => code !== unit.code).flatMap((code) => places[code]).map((place) => around(place, 2));
    const size = wrapped(unit.name, Math.min(230, view.width * 0.45));
    const words = texts(svg);
    let box = free(size, boxes, words, others, view);
    let near = nearest(boxes[0], box);
    const group = shape("g", { class: "mark" });
    own.forEach((place) => group.append(...ring(place, view)));
    const { width, height } = view;
    const downs = own.flatMap(([x1, , x2 = x1], i) => [x1, x2, (x1 + x2) / 2].map((x) => ({ x, y: boxes[i].b })));
    const crossed = ({ x, y }) => words.filter((word) => word.x - 2 < x && x < word.r + 2 && word.b > y).length;
    const down = downs.reduce((best, other) => (crossed(other) < crossed(best) ? other : best));
    const over = box.is >= WORD && crossed(down) ? free(size, boxes, words, [], view) : box;
    if (over.is < WORD) {
      box = over;
      near = nearest(boxes[0], box);
    } else {
      // A drawing without room for the label grows at its foot.
      near = down;
      const [x, y] = [clamp(near.x - 20, 4, width - size.width - 4), height + 2];
      box = { x, y, r: x + size.width, b: y + size.height };
      svg.dataset.view = `0 0 ${width} ${height}`;
      svg.setAttribute("viewBox", `0 0 ${width} ${box.b + 4}`);
      // Its own height would make the taller drawing narrower.
      svg.removeAttribute("height");
    }
    const to = line(near, box);
    group.prepend(shape("line", { ...to, ...HALO, "stroke-width": 4 }), shape("line", { ...to, ...INK, "stroke-width": 1.5 }));
    group.append(shape("rect", { x: box.x, y: box.y, width: size.width, height: size.height, rx: 3, ...INK, fill: "#fff", "stroke-width": 1.5, class: "tag" }));
    size.lines.forEach((line, i) => {
      const text = shape("text", { x: box.x + 7, y: box.y + 15 + 16 * i, fill: "#1b1f23", "font-size": 13, "font-weight": 700 });
      text.textContent = line;
      group.append(text);
    });
    svg.append(group);
  };
  const drawings = ({ part, wide, narrow }) => [...part.querySelectorAll(".plot svg")].map((svg, i) => [svg, [wide, narrow][i]]);
  const redraw = () => {
    const unit = units.find(({ code }) => code === chosen);
    if (unit) figures.forEach((figure) => drawings(figure).forEach(([svg, places]) => mark(svg, places, unit)));
  };
  // A drawing that appears, at another width or in an opened appendix, has words to keep clear of.
  const seen = new ResizeObserver(redraw);
  matchMedia("print").addEventListener("change", redraw);

  // Words that lead to figures and tables: "Figures 1 and 3".
  const lead = (part, words) => {
    const link = make("a", { href: `#${part.id}` }, words);
    link.addEventListener("click", () => { for (let at = part; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true; });
    return link;
  };
  const refer = (word, parts) => (parts.length === 1 ? [lead(parts[0].part, `${word} ${parts[0].number}`)]
    : [`${word}s `, ...parts.flatMap(({ part, number }, i) => [["", ", ", " and "][i ? 1 + (i === parts.length - 1) : 0], lead(part, `${number}`)])]);
  const say = (unit, drawn, rows) => {
    const marked = [["Figure", drawn], ["Table", rows]].filter(([, parts]) => parts.length)
      .flatMap(([word, parts], i) => [i ? " and in " : "", ...refer(word, parts)]);
    const only = figures.filter((figure) => figure.said[unit.code] && !drawn.includes(figure));
    const without = figures.filter((figure) => !figure.said[unit.code]);
    const rest = [
      ...(only.length ? [" Told of but not drawn in ", ...refer("Figure", only), "."] : []),
      ...(without.length ? [" Not in ", ...refer("Figure", without), "."] : []),
    ];
    where.replaceChildren(make("b", {}, unit.label), ...(marked.length ? [" is marked in ", ...marked, "."] : [" isn’t marked on this page."]), ...rest);
  };

  const address = () => {
    const parts = location.hash.slice(1).split("&").filter((part) => part && !part.startsWith("unit="));
    if (chosen) parts.push(`unit=${encodeURIComponent(chosen)}`);
    history.replaceState(history.state, "", parts.length ? `#${parts.join("&")}` : location.href.split("#")[0]);
  };
  const unmark = () => {
    figures.forEach((figure) => drawings(figure).forEach(([svg]) => unlabel(svg)));
    document.querySelectorAll(".of-unit").forEach((part) => part.remove());
    document.querySelectorAll("tr.own").forEach((row) => ["class", "aria-current"].forEach((name) => row.removeAttribute(name)));
    seen.disconnect();
    where.replaceChildren();
  };
  // A table that scrolls, or that was folded, shows its marked row.
  const reveal = () => document.querySelectorAll("tr.own").forEach((row) => {
    const region = row.closest(".scroll");
    region.scrollTop = row.offsetTop - region.clientHeight / 2;
  });
  document.addEventListener("toggle", reveal, true);
  const show = (code) => {
    const unit = units.find((known) => known.code === code);
    unmark();
    close();
    chosen = unit ? code : "";
    clear.hidden = !unit;
    input.value = unit ? unit.label : "";
    if (unit) {
      const drawn = figures.filter(({ wide }) => wide?.[code]);
      const telling = figures.filter(({ said }) => said[code]);
      telling.forEach((figure, i) => {
        const next = telling[i + 1];
        const words = make("p", { class: "of-unit" }, figure.said[code]);
        if (next) words.append(" ", lead(next.part, `Next: Figure ${next.number}`));
        figure.part.querySelector(".sub").after(words);
        drawings(figure).forEach(([svg]) => seen.observe(svg));
      });
      const rows = [...document.querySelectorAll("tr[data-unit]")].filter((row) => row.dataset.unit === code);
      rows.forEach((row) => set(row, { class: "own", "aria-current": "true" }));
      reveal();
      say(unit, drawn, tables.filter(({ part }) => rows.some((row) => part.contains(row))));
      redraw();
    }
  };
  const choose = (code) => {
    show(code);
    address();
  };
  clear.addEventListener("click", () => { choose(""); input.focus(); });

  // The address holds the choice beside the place in the page: #unit=RTK, #fig-ranks&unit=RTK.
  const follow = () => {
    const asked = new URLSearchParams(location.hash.slice(1)).get("unit");
    const [place] = location.hash.slice(1).split("&");
    if (asked) {
      const code = units.find((unit) => unit.code.toLowerCase() === asked.toLowerCase())?.code ?? "";
      if (!code || code !== chosen) show(code);
      if (!code) where.textContent = `No ${noun} on this page has the code ${asked}.`;
      document.getElementById(place)?.scrollIntoView();
    } else if (chosen) address();
  };
  addEventListener("hashchange", follow);
  follow();
})();
