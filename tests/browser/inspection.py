"""What must hold for every page, whatever it shows: found by axe, by measuring, and by reading its frame."""

from collections.abc import Callable

from playwright.sync_api import Page, ViewportSize

MARKS = {
    "fr": "DOSSIER DE FORMATION",
    "nl": "OPLEIDINGSDOSSIER",
    "de": "AUSBILDUNGSDOSSIER",
    "en": "TRAINING RECORD",
}
"""The words on every page that say what this is not: a batch record."""

TARGET = 44
"""The least width and height, in CSS pixels, of what a gloved finger must hit."""

PHONE: ViewportSize = {"width": 360, "height": 780}

Violations = Callable[[Page], list[str]]

# A link in a text is as high as its line: it passes with 24 px, or with no other target near (WCAG 2.5.8). A tick box
# counts with the label around it, and what a stretched link covers counts as the link.
SMALL_TARGETS = """least => {
  const name = element => `${element.tagName.toLowerCase()} “${
    (element.getAttribute("aria-label") || element.textContent || element.name || "").trim().slice(0, 40)}”`;
  const targets = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")]
    .filter(element => element.checkVisibility({ visibilityProperty: true }) && element.type !== "hidden"
      && !element.closest(".visually-hidden, .skip"));
  const boxes = targets.map(element => (/checkbox|radio/.test(element.type) && element.closest("label") || element)
    .getBoundingClientRect());
  const covers = (element, room) => {
    element.scrollIntoView({ block: "center" });
    const box = element.getBoundingClientRect();
    const [x, y, reach] = [box.left + box.width / 2, box.top + box.height / 2, room / 2 - 1];
    return [[0, reach], [0, -reach], [reach, 0], [-reach, 0]]
      .every(([right, down]) => element.contains(document.elementFromPoint(x + right, y + down)));
  };
  const inText = element => element.tagName === "A" && getComputedStyle(element).display === "inline"
    && element.closest("p, li, dd, td, blockquote");
  const apart = number => boxes.every((other, place) => {
    const [x, y] = [boxes[number].left + boxes[number].width / 2, boxes[number].top + boxes[number].height / 2];
    const near = [Math.max(other.left, Math.min(x, other.right)), Math.max(other.top, Math.min(y, other.bottom))];
    return place === number || Math.hypot(near[0] - x, near[1] - y) >= 12;
  });
  return targets.flatMap((element, number) => {
    const { width, height } = boxes[number];
    const room = inText(element) ? 24 : least;
    const fits = Math.min(width, height) >= room - 0.5 || (inText(element) && apart(number)) || covers(element, room);
    return fits ? [] : [`${name(element)} is ${Math.round(width)} × ${Math.round(height)}`];
  });
}"""


def faults_of(page: Page, violations: Violations, language: str) -> list[str]:
    """Return what is wrong with a page as it stands on the screen, one sentence each."""
    return [*faults_in_frame(page, language), *violations(page)]


def faults_in_frame(page: Page, language: str) -> list[str]:
    """Return what measuring and reading alone find wrong with a page: fast, and blind to names and colours."""
    return [*_frame(page, language), *_width(page), *_targets(page)]


def faults_on_a_phone(page: Page) -> list[str]:
    """Return a sentence when a page must be scrolled sideways where a telephone shows it."""
    before = page.viewport_size
    page.set_viewport_size(PHONE)
    found = _width(page)
    if before:
        page.set_viewport_size(before)
    return found


def _frame(page: Page, language: str) -> list[str]:
    found = []
    spoken = page.locator("html").get_attribute("lang")
    if spoken != language:
        found.append(f"is in {spoken}, not in {language}")
    mark = page.locator(".mark").first
    if not mark.is_visible() or mark.inner_text().upper() != MARKS[language]:
        found.append(f"does not say {MARKS[language]}")
    if page.locator("h1").count() != 1:
        found.append(f"has {page.locator('h1').count()} headings of the first level")
    return found


def _width(page: Page) -> list[str]:
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"must be scrolled sideways: {wide} px wide in {room}"] if wide > room else []


def _targets(page: Page) -> list[str]:
    return [f"target too small: {text}" for text in page.evaluate(SMALL_TARGETS, TARGET)]
