// The server's time, ticking. Counted from the moment the page came, never from the tablet's own clock.

const bases = new WeakMap();
const formats = new Map();

function format(zone) {
  if (!formats.has(zone)) {
    const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: zone };
    formats.set(zone, new Intl.DateTimeFormat(document.documentElement.lang || "fr", parts));
  }
  return formats.get(zone);
}

function tick() {
  for (const element of document.querySelectorAll("[data-clock]")) {
    if (!bases.has(element)) bases.set(element, Date.parse(element.dataset.clock) - performance.now());
    const now = new Date(bases.get(element) + performance.now());
    element.textContent = format(element.dataset.zone || "UTC").format(now);
    element.dateTime = now.toISOString();
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);
