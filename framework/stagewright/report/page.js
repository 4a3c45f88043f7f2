"use strict";
// Comfort only: the page is complete without it.
(function () {
  var root = document.documentElement;

  // Theme: follows the system until the reader chooses.
  var dark = document.getElementById("dark");
  var system = matchMedia("(prefers-color-scheme: dark)");
  var isDark = system.matches;
  var toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "theme";
  function name() { toggle.textContent = isDark ? "Light" : "Dark"; toggle.setAttribute("aria-label", toggle.textContent + " theme"); }
  function show() { dark.media = isDark ? "screen" : "not all"; root.style.colorScheme = isDark ? "dark" : "light"; name(); }
  toggle.addEventListener("click", function () { isDark = !isDark; show(); });
  name();
  var nav = document.querySelector("nav");
  if (nav) nav.appendChild(toggle);

  // Tables: a click on a column's name sorts by it.
  document.querySelectorAll("table.cells:not(.plan):not(.gates)").forEach(function (table) {
    var body = table.tBodies[0];
    if (body.rows.length < 3) return;
    table.querySelectorAll("thead th").forEach(function (th, column) {
      if (!th.textContent) return;
      var button = document.createElement("button");
      button.type = "button";
      while (th.firstChild) button.appendChild(th.firstChild);
      th.appendChild(button);
      button.addEventListener("click", function () {
        var up = th.getAttribute("aria-sort") !== "ascending";
        table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
        th.setAttribute("aria-sort", up ? "ascending" : "descending");
        var key = function (row) {
          var cell = row.cells[column];
          return "sort" in cell.dataset ? Number(cell.dataset.sort) : cell.textContent;
        };
        Array.from(body.rows).sort(function (a, b) {
          var x = key(a), y = key(b), order;
          if (typeof x === "number" && typeof y === "number") order = x - y;
          else if (typeof x === typeof y) order = x.localeCompare(y, "en", { numeric: true });
          else order = typeof x === "number" ? -1 : 1;
          return up ? order : -order;
        }).forEach(function (row) { body.appendChild(row); });
      });
    });
  });

  // Pictures: a click enlarges.
  if (window.HTMLDialogElement) {
    var box = document.createElement("dialog");
    box.className = "enlarged";
    document.body.appendChild(box);
    box.addEventListener("click", function () { box.close(); });
    document.querySelectorAll(".gallery img").forEach(function (img) {
      img.tabIndex = 0;
      img.setAttribute("role", "button");
      var open = function () {
        var copy = img.cloneNode();
        copy.removeAttribute("role");
        box.replaceChildren(copy);
        box.showModal();
      };
      img.addEventListener("click", open);
      img.addEventListener("keydown", function (event) { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); } });
    });
  }

  // Contents: where the reader is.
  if (window.IntersectionObserver && nav) {
    var links = {};
    nav.querySelectorAll("a").forEach(function (a) { links[a.hash.slice(1)] = a; });
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        Object.values(links).forEach(function (a) { a.removeAttribute("aria-current"); });
        if (links[entry.target.id]) links[entry.target.id].setAttribute("aria-current", "true");
      });
    }, { rootMargin: "-10% 0px -80% 0px" });
    document.querySelectorAll("section.part").forEach(function (part) { seen.observe(part); });
  }

  // Paper: nothing stays folded but the numbers behind the charts.
  var closed = [];
  addEventListener("beforeprint", function () {
    closed = Array.from(document.querySelectorAll("details:not([open]):not(.numbers)"));
    closed.forEach(function (item) { item.open = true; });
  });
  addEventListener("afterprint", function () { closed.forEach(function (item) { item.open = false; }); });
})();
