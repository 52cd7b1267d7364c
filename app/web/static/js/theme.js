// Light or dark: the system decides until the person does. The choice is a cookie, so that the server draws the page right at once.

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

root.classList.add("scripted");

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
}

function show() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.setAttribute("aria-pressed", String(isDark()));
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-theme-switch]")) return;
  root.dataset.theme = isDark() ? "light" : "dark";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  show();
});
document.addEventListener("htmx:afterSwap", show);
system.addEventListener("change", show);
show();
